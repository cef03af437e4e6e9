-- Keeps the texts that the events from position "first" on commit to by their salted hashes.
CREATE OR REPLACE FUNCTION @schema@.tracker_disclose(texts jsonb, first bigint) RETURNS void
LANGUAGE plpgsql AS $function$
DECLARE
    d @schema@.disclosures%ROWTYPE;
    committed text;
BEGIN
    FOR d IN SELECT r.* FROM jsonb_populate_recordset(NULL::@schema@.disclosures, texts) r LOOP
        SELECT CASE
            WHEN d.field = 'note' THEN e.body::jsonb #>> '{content,note,sha256}'
            WHEN d.field ~ '^sources/(0|[1-9][0-9]*)/quote$' THEN e.body::jsonb #>> ARRAY[
                'content', 'sources', split_part(d.field, '/', 2), 'quote', 'sha256'] END
        INTO committed FROM @schema@.events e WHERE e.position = d.position AND e.position >= first;
        IF committed IS DISTINCT FROM encode(
                sha256(d.salt || convert_to(d.text, 'UTF8')), 'hex') THEN
            RAISE EXCEPTION 'tracker: event @% has a text that its body does not commit to',
                d.position;
        END IF;
        INSERT INTO @schema@.disclosures VALUES (d.*);
    END LOOP;
END
$function$
