"""Which mailboxes are visited, and when: each owner's at its own minute of every hour, kept in the database.

A mailbox is known by the runs that sent from it.  Whoever tends the fleet asks for the visits whose minute has come;
that puts each to work once, whoever asks and how often.  Nothing here names a person.
"""

from __future__ import annotations

from mailer.ledger.postgresql.setup import USERS, WORKERS

TASK = "visit_mailbox"
# Whoever has no mailbox yet is visited by any worker, in the queue that all of them take.
ANY = "any"
BEGIN = "SELECT owner, mailbox, is_untaken FROM mailer.begin_rounds(%(moment)s, %(window)s)"
DAY = "SELECT mailer.day_of_round(%(of)s, %(mailbox)s) AS day"
DONE = "SELECT mailer.round_is_done(%(of)s, %(mailbox)s, %(moment)s, %(day)s)"
FAILED = "SELECT mailer.round_has_failed(%(of)s, %(mailbox)s, %(why)s)"

_TABLE = """
CREATE TABLE IF NOT EXISTS mailer.rounds (
    owner text COLLATE "C" NOT NULL, mailbox text COLLATE "C" NOT NULL, minute smallint NOT NULL,
    asked timestamptz NOT NULL DEFAULT '-infinity', visited timestamptz, day date, PRIMARY KEY (owner, mailbox))
"""
# Why the last visit failed, "" where it did not.
_FAULT = "ALTER TABLE mailer.rounds ADD COLUMN IF NOT EXISTS fault text NOT NULL DEFAULT ''"
_MINUTE = """
CREATE OR REPLACE FUNCTION mailer.minute_of(mailbox text) RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (('x' || pg_catalog.substr(pg_catalog.md5(mailbox), 1, 7))::bit(28)::integer % 60)::smallint
$$
"""
_BEGUN = """
CREATE OR REPLACE FUNCTION mailer.runs_have_rounds() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = mailer, pg_temp AS $$ BEGIN
    INSERT INTO rounds (owner, mailbox, minute) VALUES (NEW.owner, NEW.mailbox, minute_of(NEW.mailbox))
        ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$
"""
_OWNED = """
CREATE OR REPLACE FUNCTION mailer.owners_have_rounds() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = mailer, pg_temp AS $$ BEGIN
    INSERT INTO rounds (owner, mailbox, minute) VALUES (NEW.owner, '', minute_of(NEW.owner)) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$
"""
_TRIGGERS = (
    "CREATE OR REPLACE TRIGGER runs_have_rounds AFTER INSERT ON mailer.runs FOR EACH ROW WHEN (NEW.mailbox <> '')"
    " EXECUTE FUNCTION mailer.runs_have_rounds()",
    "CREATE OR REPLACE TRIGGER owners_have_rounds AFTER INSERT ON mailer.owners FOR EACH ROW"
    " EXECUTE FUNCTION mailer.owners_have_rounds()",
    "INSERT INTO mailer.rounds (owner, mailbox, minute)"
    " SELECT DISTINCT owner, mailbox, mailer.minute_of(mailbox) FROM mailer.runs WHERE mailbox <> ''"
    " UNION SELECT owner, '', mailer.minute_of(owner) FROM mailer.owners ON CONFLICT DO NOTHING",
)
# A plan that goes on, a letter that was not taken in, or one from this mailbox without an answer, of the last year.
_OPEN = """
CREATE OR REPLACE FUNCTION mailer.is_round_wanted(of_owner text, of_mailbox text, moment timestamptz) RETURNS boolean
LANGUAGE sql STABLE COST 10000 SECURITY DEFINER SET search_path = mailer, pg_temp AS $$
    SELECT (of_mailbox <> '' OR NOT EXISTS (SELECT 1 FROM rounds WHERE owner = of_owner AND mailbox <> '')) AND (
        EXISTS (SELECT 1 FROM news WHERE owner = of_owner)
        OR EXISTS (SELECT 1 FROM course WHERE owner = of_owner
            AND until >= to_char(moment - interval '1 day', 'YYYY-MM-DD'))
        OR EXISTS (SELECT 1 FROM runs u JOIN attempts a ON a.owner = u.owner AND a.run = u.id
            JOIN touches t ON t.owner = a.owner AND t.letter = a.letter
            WHERE u.owner = of_owner AND u.mailbox = of_mailbox AND t.counts = 1
                AND t.at > to_char(moment - interval '1 year', 'YYYY-MM-DD')
                AND NOT EXISTS (SELECT 1 FROM events e WHERE e.owner = t.owner AND e.person = t.person
                    AND e.class = 'answer' AND e.undone = 0 AND e.at > t.at)
                AND NOT EXISTS (SELECT 1 FROM holds h WHERE h.owner = t.owner AND h.person = t.person
                    AND h.kind = 'stop' AND h.lifted IS NULL)))
$$
"""
# Those whose minute came within the ``time_back`` before ``moment``; who was not visited since they were last asked for
# is untaken, and waits still.
_ROUNDS = f"""
CREATE OR REPLACE FUNCTION mailer.begin_rounds(moment timestamptz, time_back interval)
RETURNS TABLE (owner text, mailbox text, is_untaken boolean) LANGUAGE plpgsql
SECURITY DEFINER SET search_path = procrastinate, mailer, pg_temp AS $$
#variable_conflict use_column
DECLARE
    found_one record;
    whose text[];
    name text;
BEGIN
    FOR found_one IN
        WITH times AS (
            SELECT r.owner, r.mailbox, date_trunc('hour', moment) + make_interval(mins => r.minute)
                - CASE WHEN r.minute > extract(minute FROM moment) THEN interval '1 hour' ELSE interval '0' END AS turn
            FROM rounds r
        )
        UPDATE rounds r SET asked = moment FROM times t
        WHERE t.owner = r.owner AND t.mailbox = r.mailbox AND r.asked < t.turn AND t.turn > moment - time_back
            AND is_round_wanted(r.owner, r.mailbox, moment)
        RETURNING r.owner, r.mailbox
    LOOP
        owner := found_one.owner;
        mailbox := found_one.mailbox;
        name := 'visit ' || mailbox || ' of ' || owner;
        is_untaken := EXISTS (SELECT 1 FROM procrastinate_jobs j WHERE j.status = 'todo' AND j.queueing_lock = name);
        IF NOT is_untaken THEN
            whose := regexp_match(owner, '^("(?:[^"]|"")*"|[^/"]+)/(.*)$', 's');
            PERFORM procrastinate_defer_jobs_v1(ARRAY[ROW(
                CASE WHEN mailbox = '' THEN '{ANY}' ELSE left(mailbox, 128) END, '{TASK}',
                mailer.priority_of(now()),
                'visit ' || coalesce(nullif(mailbox, ''), owner), name, jsonb_build_object('of', owner,
                    'role', (parse_ident(whose[1]))[1], 'owner', whose[2], 'mailbox', mailbox),
                NULL)::procrastinate_job_to_defer_v1]);
        END IF;
        RETURN NEXT;
    END LOOP;
END $$
"""  # noqa: S608 - names of ours alone
_DAY = """
CREATE OR REPLACE FUNCTION mailer.day_of_round(of_owner text, of_mailbox text) RETURNS date LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = mailer, pg_temp AS $$
    SELECT day FROM rounds WHERE owner = of_owner AND mailbox = of_mailbox
$$
"""
_DONE = """
CREATE OR REPLACE FUNCTION mailer.round_is_done(of_owner text, of_mailbox text, moment timestamptz, made date)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = mailer, pg_temp AS $$
    UPDATE rounds SET visited = moment, day = greatest(day, made), fault = ''
    WHERE owner = of_owner AND mailbox = of_mailbox
$$
"""
_FAILED = """
CREATE OR REPLACE FUNCTION mailer.round_has_failed(of_owner text, of_mailbox text, why text)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = mailer, pg_temp AS $$
    UPDATE rounds SET fault = why WHERE owner = of_owner AND mailbox = of_mailbox
$$
"""
# Of the last hours: who is not asked for any more is not missed either.
_UNVISITED = """
CREATE OR REPLACE FUNCTION mailer.fleet_unvisited() RETURNS TABLE (mailbox text, owner text, visited text, fault text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = mailer, pg_temp AS $$
    SELECT r.mailbox, r.owner, to_char(r.visited AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"'), r.fault
    FROM rounds r
    WHERE r.asked > now() - interval '2 hours' AND r.asked > coalesce(r.visited, '-infinity')
        AND (r.fault <> '' OR r.asked < now() - interval '15 minutes')
        AND (pg_has_role(session_user, 'mailer_workers', 'MEMBER')
            OR starts_with(r.owner, quote_ident(session_user) || '/'))
    ORDER BY 1, 2
$$
"""
_OURS = (
    "mailer.minute_of, mailer.runs_have_rounds, mailer.owners_have_rounds, mailer.is_round_wanted,"
    " mailer.begin_rounds, mailer.day_of_round, mailer.round_is_done, mailer.round_has_failed, mailer.fleet_unvisited"
)
STATEMENTS = (
    _TABLE,
    _FAULT,
    _MINUTE,
    _BEGUN,
    _OWNED,
    *_TRIGGERS,
    _OPEN,
    _ROUNDS,
    _DAY,
    _DONE,
    _FAILED,
    _UNVISITED,
    f"REVOKE ALL ON FUNCTION {_OURS} FROM PUBLIC, {USERS}",
    "GRANT EXECUTE ON FUNCTION mailer.begin_rounds, mailer.day_of_round, mailer.round_is_done, mailer.round_has_failed"
    f" TO {WORKERS}",
    f"GRANT EXECUTE ON FUNCTION mailer.fleet_unvisited TO {USERS}",
)
