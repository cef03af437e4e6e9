-- Whether the event at "place" was appended by the running transaction: by its main part, since a
-- savepoint has a number of its own. What these functions append has no part in one.
CREATE OR REPLACE FUNCTION @schema@.tracker_is_new(place bigint) RETURNS boolean
LANGUAGE sql STABLE AS $function$
    SELECT EXISTS (
        SELECT FROM @schema@.events e
        WHERE e.position = place AND e.xmin = pg_current_xact_id()::xid)
$function$
