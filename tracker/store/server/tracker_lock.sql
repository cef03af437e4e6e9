-- The head of the log, locked to the end of the transaction.
CREATE OR REPLACE FUNCTION @schema@.tracker_lock(
    OUT "position" bigint, OUT recorded_at text, OUT frontier bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    SELECT h.position, h.recorded_at, h.frontier INTO STRICT "position", recorded_at, frontier
    FROM @schema@.log_head h FOR UPDATE;
END
$function$
