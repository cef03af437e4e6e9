-- Appends events: rows of "events" without their hashes, and the texts that the bodies commit to.
-- Nothing is appended unless all of it is as a tracker writes it, and next in the log.
CREATE OR REPLACE FUNCTION @schema@.tracker_append(told jsonb, texts jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    head @schema@.log_head%ROWTYPE;
    e @schema@.events%ROWTYPE;
    node bytea;
    number bigint;
    height integer;
    first bigint;
BEGIN
    SELECT h.* INTO STRICT head FROM @schema@.log_head h FOR UPDATE;
    first := head.position + 1;
    FOR e IN
        SELECT r.* FROM jsonb_populate_recordset(NULL::@schema@.events, told) r ORDER BY r.position
    LOOP
        PERFORM @schema@.tracker_check(e, head);
        e.leaf := sha256(decode('00', 'hex') || convert_to(e.body, 'UTF8'));
        INSERT INTO @schema@.events VALUES (e.*);
        -- RFC 6962, section 2.1: each low bit set in the size so far is a complete subtree that
        -- was waiting for a right neighbour as large.
        node := e.leaf;
        number := head.position;
        height := 0;
        WHILE number & 1 = 1 LOOP
            node := sha256(
                decode('01', 'hex') || substr(head.frontier, length(head.frontier) - 31) || node);
            head.frontier := substr(head.frontier, 1, length(head.frontier) - 32);
            number := number >> 1;
            height := height + 1;
            IF height >= @node_level@ THEN
                INSERT INTO @schema@.merkle_nodes VALUES (height, number, node);
            END IF;
        END LOOP;
        head.frontier := head.frontier || node;
        head.position := e.position;
        head.recorded_at := e.recorded_at;
    END LOOP;
    PERFORM @schema@.tracker_disclose(texts, first);
    UPDATE @schema@.log_head h
    SET position = head.position, recorded_at = head.recorded_at, frontier = head.frontier;
    UPDATE @schema@.projections p SET position = head.position;
END
$function$
