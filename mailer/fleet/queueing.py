"""What puts mailboxes to work in the database: a job stands there in the same commit as the letters that wait.

The jobs are procrastinate's, in a schema of their own.  Those who queue letters have no rights there: a trigger makes
the job, for the owner and the mailbox of the letter.  A job only says that a mailbox is to be looked at; the ledger
decides what is sent.  So one job too many sends nothing, and ``sweep`` makes a lost job again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.fleet import rounds
from mailer.fleet.jobs import TASK, VERSION
from mailer.ledger.postgresql.heart import SILENCE
from mailer.ledger.postgresql.setup import KEEPER, USERS, WORKERS

if TYPE_CHECKING:
    from mailer.ledger.postgresql.store import PostgresStore

# The queue is named as the mailbox, within procrastinate's 128 characters.  Of jobs with one lock procrastinate
# takes the first by priority, and waits for it: here the earlier goes first.  A job that stands between ``earliest``
# and ``latest`` will do.
_PRIORITY = """
CREATE OR REPLACE FUNCTION mailer.priority_of(moment timestamptz) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
    SELECT -least(extract(epoch FROM moment - '2020-01-01 UTC'::timestamptz), 2147483647)::integer
$$
"""
_PUT_TO_WORK = f"""
CREATE OR REPLACE FUNCTION mailer.put_to_work(of_owner text, of_mailbox text, not_before timestamptz,
    earliest timestamptz, latest timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path = procrastinate, mailer, pg_temp AS $$
DECLARE
    whose text[] := regexp_match(of_owner, '^("(?:[^"]|"")*"|[^/"]+)/(.*)$', 's');
    moment timestamptz := greatest(not_before, now());
BEGIN
    -- Locked, so that no worker takes it before the letter is there.
    PERFORM 1 FROM procrastinate_jobs WHERE status = 'todo' AND lock = of_mailbox AND args ->> 'of' = of_owner
        AND coalesce(scheduled_at, '-infinity') BETWEEN earliest AND latest LIMIT 1 FOR KEY SHARE;
    IF FOUND THEN RETURN; END IF;
    PERFORM procrastinate_defer_jobs_v1(ARRAY[ROW(
        left(of_mailbox, 128), '{TASK}', mailer.priority_of(moment),
        of_mailbox, NULL, jsonb_build_object('of', of_owner, 'role', (parse_ident(whose[1]))[1], 'owner', whose[2],
            'mailbox', of_mailbox),
        CASE WHEN not_before > now() THEN not_before END)::procrastinate_job_to_defer_v1]);
END $$
"""
_QUEUED = """
CREATE OR REPLACE FUNCTION mailer.queue_put_to_work() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = mailer, pg_temp AS $$ BEGIN
    PERFORM mailer.put_to_work(NEW.owner, NEW.mailbox, NEW.due::timestamptz,
        CASE WHEN NEW.due::timestamptz > now() THEN NEW.due::timestamptz ELSE '-infinity' END,
        greatest(NEW.due::timestamptz, now()));
    RETURN NULL;
END $$
"""
_TRIGGER = """
CREATE OR REPLACE TRIGGER queue_put_to_work AFTER INSERT OR UPDATE ON mailer.queue FOR EACH ROW
EXECUTE FUNCTION mailer.queue_put_to_work()
"""
# What waits though its time has come and nobody works it, and what a dead run left; at once, or soon will do.
_SWEEP = f"""
CREATE OR REPLACE FUNCTION mailer.sweep(at_once boolean) RETURNS bigint LANGUAGE sql
SECURITY DEFINER SET search_path = mailer, procrastinate, pg_temp AS $$
    WITH RECURSIVE latest AS (
        SELECT now() + CASE WHEN at_once THEN '0 s' ELSE '10 min' END::interval AS moment,
            to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US+00:00') AS due
    ), w AS (
        (SELECT owner, mailbox FROM queue ORDER BY owner, mailbox LIMIT 1)
        UNION ALL
        SELECT n.owner, n.mailbox FROM w, LATERAL (
            SELECT q.owner, q.mailbox FROM queue q WHERE (q.owner, q.mailbox) > (w.owner, w.mailbox)
            ORDER BY q.owner, q.mailbox LIMIT 1) n
    )
    SELECT count(mailer.put_to_work(owner, mailbox, now(), '-infinity', moment)::text) FROM w, latest
    WHERE NOT EXISTS (
        SELECT 1 FROM procrastinate_jobs j WHERE j.lock = w.mailbox AND j.args ->> 'of' = w.owner AND (
            j.status = 'doing' OR j.status = 'todo' AND coalesce(j.scheduled_at, '-infinity') <= moment))
    AND EXISTS (
        -- Looked up letter by letter: a join of these tables is planned badly where little is known of them.
        SELECT 1 FROM queue q WHERE q.owner = w.owner AND q.mailbox = w.mailbox AND q.due <= latest.due AND (
            SELECT l.waits = 1 AND (l.state = 'deferred' OR l.state IN ('claimed', 'sending') AND coalesce(
                (SELECT u.fenced OR u.beat < clock_timestamp() - interval '{SILENCE} seconds'
                    FROM runs u WHERE u.owner = l.owner AND u.id = l.run), true))
            FROM letters l WHERE l.owner = q.owner AND l.number = q.letter))
$$
"""  # noqa: S608 - seconds and names of ours
# What a dead worker had in hand is another's, once the run that sent for it can hand over nothing more.  The job is
# made anew: should the dead one wake and end its own, it ends nothing.
_TAKE_BACK = f"""
CREATE OR REPLACE FUNCTION mailer.take_back() RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = mailer, procrastinate, pg_temp AS $$
DECLARE
    gone record;
BEGIN
    FOR gone IN SELECT j.id, j.task_name, j.args ->> 'of' AS of, j.args ->> 'mailbox' AS mailbox
        FROM procrastinate_jobs j LEFT JOIN procrastinate_workers w ON w.id = j.worker_id
            AND w.last_heartbeat > clock_timestamp() - interval '{SILENCE} seconds'
        WHERE j.status = 'doing' AND w.id IS NULL ORDER BY j.id FOR UPDATE OF j SKIP LOCKED
    LOOP
        -- One that stands still in the middle of a transaction is found the next time.
        UPDATE runs SET fenced = true WHERE (owner, id) IN (SELECT r.owner, r.id FROM runs r
            WHERE r.owner = gone.of AND r.mailbox = gone.mailbox AND NOT r.fenced
                AND r.beat < clock_timestamp() - interval '{SILENCE} seconds' FOR UPDATE SKIP LOCKED);
        CONTINUE WHEN EXISTS (SELECT 1 FROM runs r WHERE r.owner = gone.of AND r.mailbox = gone.mailbox
            AND NOT r.fenced);
        DELETE FROM procrastinate_jobs WHERE id = gone.id;
        IF gone.task_name = '{TASK}' THEN
            PERFORM put_to_work(gone.of, gone.mailbox, now(), '-infinity', now());
        END IF;
    END LOOP;
END $$
"""  # noqa: S608 - seconds and names of ours
_STATE = """
CREATE OR REPLACE FUNCTION mailer.fleet_state() RETURNS TABLE (
    mailbox text, owner text, queued bigint, due bigint, in_flight bigint, in_doubt bigint, oldest text
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = mailer, pg_temp AS $$
    SELECT coalesce(q.mailbox, u.mailbox, ''), l.owner,
        count(q.letter) FILTER (WHERE l.state = 'deferred'),
        count(q.letter) FILTER (WHERE l.state = 'deferred' AND q.due::timestamptz <= now()),
        count(*) FILTER (WHERE l.state IN ('claimed', 'sending')),
        count(*) FILTER (WHERE l.state = 'in-doubt'),
        min(q.due) FILTER (WHERE l.state = 'deferred' AND q.due::timestamptz <= now())
    FROM letters l LEFT JOIN queue q ON q.owner = l.owner AND q.letter = l.number
        LEFT JOIN runs u ON u.owner = l.owner AND u.id = l.run
    WHERE l.waits = 1 AND l.current = 1
        AND (q.letter IS NOT NULL OR l.state IN ('claimed', 'sending', 'in-doubt'))
        AND (pg_has_role(session_user, 'mailer_workers', 'MEMBER')
            OR starts_with(l.owner, quote_ident(session_user) || '/'))
    GROUP BY 1, 2 ORDER BY 1, 2
$$
"""
_HEARD = f"""
CREATE OR REPLACE FUNCTION mailer.workers_heard() RETURNS TABLE (number bigint, seconds double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = procrastinate, pg_temp AS $$
    SELECT id, extract(epoch FROM clock_timestamp() - last_heartbeat)::double precision FROM procrastinate_workers
    WHERE last_heartbeat > clock_timestamp() - interval '{SILENCE} seconds' ORDER BY 1
$$
"""  # noqa: S608 - seconds and names of ours
_VERSION = f"""
CREATE OR REPLACE FUNCTION mailer.fleet_version() RETURNS integer LANGUAGE sql IMMUTABLE AS $$ SELECT {VERSION} $$
"""
# What was there may have had other arguments, or another answer.
_DROPPED = (
    "DROP FUNCTION IF EXISTS mailer.put_to_work, mailer.sweep, mailer.take_back, mailer.fleet_state,"
    " mailer.workers_heard"
)
_OF_MAILER = (_DROPPED, _VERSION, _PRIORITY, _PUT_TO_WORK, _QUEUED, _TRIGGER, _SWEEP, _TAKE_BACK, _STATE, _HEARD)
_GRANTS = (
    "REVOKE ALL ON FUNCTION mailer.put_to_work, mailer.queue_put_to_work, mailer.sweep, mailer.take_back,"
    f" mailer.fleet_state, mailer.workers_heard, mailer.fleet_version, mailer.priority_of FROM PUBLIC, {USERS}",
    f"GRANT EXECUTE ON FUNCTION mailer.fleet_state, mailer.workers_heard, mailer.fleet_version TO {USERS}",
    f"GRANT EXECUTE ON FUNCTION mailer.put_to_work, mailer.priority_of, mailer.sweep, mailer.take_back TO {WORKERS}",
    "REVOKE ALL ON ALL FUNCTIONS IN SCHEMA procrastinate FROM PUBLIC",
    f"GRANT USAGE ON SCHEMA procrastinate TO {WORKERS}",
    f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA procrastinate TO {WORKERS}",
    f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA procrastinate TO {WORKERS}",
    f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA procrastinate TO {WORKERS}",
)


def make(store: PostgresStore) -> None:
    """Make what is missing, inside the transaction that makes the tables; each time the functions are of this version.

    Raises BadSettings without procrastinate, CannotWrite.
    """
    store.execute(f"CREATE SCHEMA IF NOT EXISTS procrastinate AUTHORIZATION {KEEPER}")
    store.execute(f"SET LOCAL ROLE {KEEPER}")
    if store.one("SELECT to_regclass('procrastinate.procrastinate_jobs') IS NULL")[0]:
        store.execute("SET LOCAL search_path = procrastinate, pg_temp")
        store.script(_schema_of_procrastinate())
        store.execute("CREATE INDEX mailer_todo ON procrastinate_jobs (lock) WHERE status = 'todo'")
    for statement in (*_OF_MAILER, *_GRANTS, *rounds.STATEMENTS):
        store.script(statement)
    store.execute("RESET ROLE")


def _schema_of_procrastinate() -> str:
    from mailer.fleet.worker import schema

    return schema()
