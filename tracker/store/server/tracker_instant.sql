-- An instant as the log has it: RFC 3339, in UTC, with microseconds.
CREATE OR REPLACE FUNCTION @schema@.tracker_instant(given timestamptz) RETURNS text
LANGUAGE sql STABLE AS $function$
    SELECT to_char(given AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$function$
