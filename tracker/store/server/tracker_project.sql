-- Changes a read table, at positions that the running transaction appended and nowhere else: takes
-- back rows that begin there, ends rows that are open, puts rows that begin there. So no answer for
-- an earlier known-at can change.
CREATE OR REPLACE FUNCTION @schema@.tracker_project(
    read_table text, taken_back jsonb, ended jsonb, put jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    PERFORM FROM @schema@.log_head h FOR UPDATE;
    IF EXISTS (
        SELECT FROM (
            SELECT r ->> 'k_from' AS k FROM jsonb_array_elements(taken_back || put) r
            UNION SELECT r ->> 'k_to' FROM jsonb_array_elements(ended) r
            UNION SELECT r ->> 'k_to' FROM jsonb_array_elements(put) r
            WHERE r ->> 'k_to' IS DISTINCT FROM '@open@'
        ) given
        WHERE @schema@.tracker_is_new(given.k::bigint) IS NOT TRUE)
    THEN
        RAISE EXCEPTION 'tracker: the read tables change only with what is being appended';
    END IF;
    CASE read_table
@tables@
    END CASE;
END
$function$
