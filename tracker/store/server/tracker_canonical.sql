-- Canonical JSON (RFC 8785) without floats, as bodies are written. Keys are sorted by code point,
-- which is another order than the standard's only among keys beyond U+FFFF.
CREATE OR REPLACE FUNCTION @schema@.tracker_canonical(given jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $function$
BEGIN
    CASE jsonb_typeof(given)
    WHEN 'object' THEN
        RETURN '{' || coalesce((
            SELECT string_agg(
                to_json(m.key)::text || ':' || @schema@.tracker_canonical(m.value), ','
                ORDER BY m.key COLLATE "C")
            FROM jsonb_each(given) m), '') || '}';
    WHEN 'array' THEN
        RETURN '[' || coalesce((
            SELECT string_agg(@schema@.tracker_canonical(m.value), ',' ORDER BY m.place)
            FROM jsonb_array_elements(given) WITH ORDINALITY m (value, place)), '') || ']';
    WHEN 'string' THEN
        RETURN to_json(given #>> '{}')::text;
    WHEN 'number' THEN
        -- No two programs read a float, or an integer past 2^53, alike.
        RETURN CASE WHEN given::text ~ '^-?[0-9]{1,15}$' THEN given::text END;
    ELSE
        RETURN given::text;
    END CASE;
END
$function$
