-- 1 where "sources" are a single one, however often it is named, which nobody confirms; or else 0.
-- As is_unconfirmed and Source.is_same_origin have it (tracker.domain.evidence).
CREATE OR REPLACE FUNCTION @schema@.tracker_unconfirmed(sources jsonb) RETURNS integer
LANGUAGE sql IMMUTABLE AS $function$
SELECT (
    jsonb_array_length(sources) > 0
    AND NOT EXISTS (
        SELECT FROM jsonb_array_elements(sources) s (source)
        WHERE substr(s.source ->> 'grade', 2) = '1')
    AND NOT EXISTS (
        SELECT FROM jsonb_array_elements(sources) WITH ORDINALITY one (source, place)
        JOIN jsonb_array_elements(sources) WITH ORDINALITY other (source, place)
            ON one.place < other.place
        WHERE NOT CASE
            WHEN coalesce(one.source ->> 'url', '') <> ''
                OR coalesce(other.source ->> 'url', '') <> ''
            THEN (one.source ->> 'url') IS NOT DISTINCT FROM (other.source ->> 'url')
            ELSE coalesce((
                SELECT bool_and(one.source ->> told.name = other.source ->> told.name)
                FROM unnest(ARRAY['document', 'title', 'publisher']) told (name)
                WHERE coalesce(one.source ->> told.name, '') <> ''
                    AND coalesce(other.source ->> told.name, '') <> ''), false) END)
)::integer
$function$
