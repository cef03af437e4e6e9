-- Raises an exception unless "e" may be appended after "head": its place, its time, its body, the
-- columns that are copies of what the body says, and what it refers to.
CREATE OR REPLACE FUNCTION @schema@.tracker_check(e @schema@.events, head @schema@.log_head)
RETURNS void LANGUAGE plpgsql AS $function$
DECLARE
    body jsonb := e.body::jsonb;
    content jsonb := body -> 'content';
    gives_account boolean := coalesce(e.kind IN ('recorded', 'amended'), false);
    shape jsonb := '@shapes@'::jsonb -> e.kind;
    at timestamptz := e.recorded_at::timestamptz;
    last timestamptz := head.recorded_at::timestamptz;
    clock timestamptz := clock_timestamp();
BEGIN
    -- Its place.
    IF e.position IS DISTINCT FROM head.position + 1 THEN
        RAISE EXCEPTION 'tracker: event @% is not the next of the log, which ends at @%',
            e.position, head.position;
    END IF;
    IF e.event_id !~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
        OR EXISTS (SELECT FROM @schema@.events o WHERE o.event_id = e.event_id)
    THEN
        RAISE EXCEPTION 'tracker: event @% needs a UUID of its own', e.position;
    END IF;
    IF shape IS NULL OR e.schema IS DISTINCT FROM @version@ THEN
        RAISE EXCEPTION 'tracker: event @% is of a kind or schema that this log does not know',
            e.position;
    END IF;
    IF (e.initiative IS NULL) <> (e.kind = 'lifecycle-adopted')
        OR e.version IS DISTINCT FROM (CASE WHEN e.initiative IS NULL THEN 0 ELSE (
            SELECT coalesce(max(o.version), 0) + 1 FROM @schema@.events o
            WHERE o.initiative = e.initiative) END)
        OR (e.version = 1) <> (e.kind = 'initiative-registered')
    THEN
        RAISE EXCEPTION 'tracker: event @% is not the next of its initiative', e.position;
    END IF;

    -- Its time: witnessed, after all that is known, and by a clock that agrees with this one.
    IF e.time IS DISTINCT FROM 'witnessed' THEN
        RAISE EXCEPTION 'tracker: event @% vouches for another time, which only the owner may',
            e.position;
    END IF;
    IF e.recorded_at IS DISTINCT FROM @schema@.tracker_instant(at) THEN
        RAISE EXCEPTION 'tracker: event @% has an instant that no tracker writes', e.position;
    END IF;
    -- What is appended at once may be of one instant: a lifecycle and what it is adopted for.
    IF at < last OR (at = last AND NOT @schema@.tracker_is_new(head.position)) THEN
        RAISE EXCEPTION 'tracker: event @% is backdated to %, and the log was last written at %',
            e.position, e.recorded_at, head.recorded_at;
    END IF;
    IF at < clock - interval '@tolerance@ s'
        OR at > greatest(clock + interval '@tolerance@ s', last + interval '1 us')
    THEN
        RAISE EXCEPTION 'tracker: event @% says %, and the clock of this server %; set the other',
            e.position, e.recorded_at, @schema@.tracker_instant(clock);
    END IF;

    -- Its body, byte for byte as a tracker writes it, and the columns, as the body has it.
    IF (@schema@.tracker_fits(content, shape)
        AND @schema@.tracker_canonical(body) = e.body) IS NOT TRUE
    THEN
        RAISE EXCEPTION 'tracker: event @% has a body that no tracker writes', e.position;
    END IF;
    IF body IS DISTINCT FROM jsonb_build_object(
            'schema', e.schema, 'position', e.position, 'event_id', e.event_id,
            'initiative', e.initiative, 'version', e.version, 'kind', e.kind, 'type', e.type,
            'recorded_at', e.recorded_at, 'time', e.time, 'recorded_by', e.recorded_by,
            'content', content)
        OR gives_account <> (e.type IS NOT NULL)
        OR (e.mode, e.edtf, e.lo, e.hi, e.source, e.unconfirmed) IS DISTINCT FROM (
            content ->> 'mode',
            content #>> '{on,edtf}',
            CASE WHEN gives_account THEN coalesce(content #>> '{on,lo}', '@open_lo@') END,
            CASE WHEN gives_account THEN coalesce(content #>> '{on,hi}', '@open_hi@') END,
            -- As Source.name has it.
            CASE WHEN gives_account THEN coalesce(
                nullif(content #>> '{sources,0,title}', ''),
                nullif(content #>> '{sources,0,document}', ''),
                nullif(content #>> '{sources,0,url}', ''),
                content #>> '{sources,0,publisher}', '') END,
            CASE WHEN gives_account THEN @schema@.tracker_unconfirmed(content -> 'sources') END)
    THEN
        RAISE EXCEPTION 'tracker: event @% has columns that do not say what its body says',
            e.position;
    END IF;
    IF e.lo > e.hi OR (gives_account AND content #> '{sources,0}' IS NULL) THEN
        RAISE EXCEPTION 'tracker: event @% has an extent without days, or no source', e.position;
    END IF;

    -- What it refers to: facts of its own initiative, from before it.
    IF EXISTS (
            SELECT FROM (VALUES
                (content ->> 'fact', nullif(e.fact, e.position)),
                (content ->> 'fulfils', e.fulfils),
                (content ->> 'after', e.after_fact),
                (content ->> 'contradicts', e.contradicts)
            ) named (id, place)
            LEFT JOIN @schema@.events o ON o.event_id = named.id
            WHERE CASE WHEN named.id IS NULL THEN named.place IS NOT NULL
                ELSE (o.position, o.kind, o.initiative)
                     IS DISTINCT FROM (named.place, 'recorded', e.initiative) END)
        OR (e.kind = 'recorded') <> (e.fact IS NOT DISTINCT FROM e.position)
        OR (e.kind = 'amended' AND NOT EXISTS (
            SELECT FROM @schema@.events o
            WHERE o.event_id = content ->> 'based_on' AND o.fact = e.fact))
    THEN
        RAISE EXCEPTION 'tracker: event @% refers to what is no earlier fact of its initiative',
            e.position;
    END IF;
END
$function$
