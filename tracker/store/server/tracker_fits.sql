-- Whether a value has a shape: see tracker.store.shapes.
CREATE OR REPLACE FUNCTION @schema@.tracker_fits(given jsonb, shape jsonb) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE AS $function$
DECLARE
    form text := shape #>> '{}';
    word text := given #>> '{}';
BEGIN
    IF jsonb_typeof(shape) = 'array' THEN
        IF jsonb_typeof(given) <> 'array' THEN
            RETURN false;
        END IF;
        RETURN NOT EXISTS (
            SELECT FROM jsonb_array_elements(given) m (value)
            WHERE @schema@.tracker_fits(m.value, shape -> 0) IS NOT TRUE);
    END IF;
    IF jsonb_typeof(shape) = 'object' THEN
        IF jsonb_typeof(given) <> 'object' THEN
            RETURN false;
        END IF;
        RETURN NOT EXISTS (
            SELECT FROM jsonb_object_keys(given) k WHERE NOT shape ?| ARRAY[k, k || '?'])
        AND NOT EXISTS (
            SELECT FROM jsonb_each(shape) m
            WHERE CASE WHEN given ? rtrim(m.key, '?')
                THEN @schema@.tracker_fits(given -> rtrim(m.key, '?'), m.value) IS NOT TRUE
                ELSE right(m.key, 1) <> '?' END);
    END IF;
    IF form LIKE '%|null' AND jsonb_typeof(given) = 'null' THEN
        RETURN true;
    END IF;
    IF form = 'texts' THEN
        IF jsonb_typeof(given) <> 'object' THEN
            RETURN false;
        END IF;
        RETURN NOT EXISTS (
            SELECT FROM jsonb_each(given) m WHERE jsonb_typeof(m.value) <> 'string');
    END IF;
    IF form = 'flag' THEN
        RETURN jsonb_typeof(given) = 'boolean';
    END IF;
    IF jsonb_typeof(given) <> 'string' THEN
        RETURN false;
    END IF;
    RETURN CASE split_part(form, '|', 1)
        WHEN 'text' THEN true
        WHEN 'mode' THEN word IN ('occurred', 'planned')
        WHEN 'hash' THEN word ~ '^[0-9a-f]{64}$'
        WHEN 'grade' THEN word ~ '^[A-F][1-6]$'
        WHEN 'day' THEN word ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$'
            AND to_char(word::date, 'YYYY-MM-DD') = word
        ELSE false END;
END
$function$
