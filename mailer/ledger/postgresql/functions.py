"""What the database itself does: who owns a row, what follows from a letter's state, the few answers across owners.

Functions that answer across owners run as the role that owns the tables, which nobody can log in as: they say yes or
no, or two counts, and never show a row.
"""

from __future__ import annotations

# The role that is connected, which no client can choose, and within it the owner that it names.
OWNER = """
CREATE OR REPLACE FUNCTION mailer_owner() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT pg_catalog.quote_ident(current_user) || '/'
        || coalesce(pg_catalog.current_setting('mailer.owner', true), '')
$$
"""

_INSTR = """
CREATE OR REPLACE FUNCTION instr(text, text) RETURNS integer LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
    $$ SELECT pg_catalog.strpos($1, $2) $$
"""

_SENT = """
CREATE OR REPLACE FUNCTION letters_sent() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO mailer.unlearned (letter, owner) VALUES (NEW.number, NEW.owner) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$
"""
_NEWS = """
CREATE OR REPLACE FUNCTION letters_news() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    -- A row that is there is held: who takes it in just now waits for this change, and takes in the new state.
    INSERT INTO mailer.news (letter, owner) VALUES (NEW.number, NEW.owner)
        ON CONFLICT (owner, letter) DO UPDATE SET letter = excluded.letter;
    RETURN NULL;
END $$
"""
_UNQUEUED = """
CREATE OR REPLACE FUNCTION letters_unqueued() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    DELETE FROM mailer.queue WHERE letter = NEW.number AND owner = NEW.owner;
    RETURN NULL;
END $$
"""
_TRIGGERS = (
    "CREATE TRIGGER letters_sent AFTER UPDATE OF sent ON letters FOR EACH ROW"
    " WHEN (NEW.sent IS NOT NULL AND OLD.sent IS NULL) EXECUTE FUNCTION letters_sent()",
    "CREATE TRIGGER letters_sent_elsewhere AFTER INSERT ON letters FOR EACH ROW"
    " WHEN (NEW.sent IS NOT NULL) EXECUTE FUNCTION letters_sent()",
    "CREATE TRIGGER letters_news AFTER UPDATE OF state ON letters FOR EACH ROW WHEN (NEW.state <> OLD.state AND"
    " (NEW.state IN ('sent', 'in-doubt', 'refused', 'deferred') OR OLD.state = 'in-doubt'))"
    " EXECUTE FUNCTION letters_news()",
    "CREATE TRIGGER letters_unqueued AFTER UPDATE OF state ON letters FOR EACH ROW"
    " WHEN (NEW.state IN ('sent', 'refused', 'in-doubt', 'draft') AND OLD.state <> NEW.state)"
    " EXECUTE FUNCTION letters_unqueued()",
)

# RFC 2104, of a key that is not longer than a block.
_HMAC = """
CREATE OR REPLACE FUNCTION mailer_hmac(key bytea, message bytea) RETURNS bytea LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    inner_pad bytea := pg_catalog.decode(pg_catalog.repeat('36', 64), 'hex');
    outer_pad bytea := pg_catalog.decode(pg_catalog.repeat('5c', 64), 'hex');
BEGIN
    FOR i IN 0 .. pg_catalog.length(key) - 1 LOOP
        inner_pad := pg_catalog.set_byte(inner_pad, i, pg_catalog.get_byte(key, i) # 54);
        outer_pad := pg_catalog.set_byte(outer_pad, i, pg_catalog.get_byte(key, i) # 92);
    END LOOP;
    RETURN pg_catalog.sha256(outer_pad || pg_catalog.sha256(inner_pad || message));
END $$
"""
_STOPPED = """
CREATE OR REPLACE FUNCTION mailer_is_stopped(wanted text, but_for text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = mailer, pg_temp AS $$
    SELECT EXISTS (
        SELECT 1 FROM addresses a JOIN holds h ON h.owner = a.owner AND h.person = a.person
        WHERE a.key = wanted AND a.owner <> but_for AND h.kind = 'stop' AND h.lifted IS NULL AND h.own = 0
    ) OR EXISTS (
        SELECT 1 FROM secrets s JOIN forgotten f ON f.owner = s.owner AND f.kind = 'stop'
            AND f.hash = mailer_hmac(s.value, pg_catalog.convert_to(wanted, 'UTF8'))
        WHERE s.name = 'forgetting' AND s.owner <> but_for
    )
$$
"""
# A run hands over from one mailbox, and beats while it does.  What it has in flight counts, whosever it is.
_HANDED_OVER = """
CREATE OR REPLACE FUNCTION mailer_handed_over(from_mailbox text, since text, but_for text)
RETURNS TABLE (letters bigint, recipients bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = mailer, pg_temp AS $$
    SELECT count(DISTINCT g.letter), count(*) FROM (
        SELECT DISTINCT t.owner, t.letter FROM runs u JOIN attempts t ON t.owner = u.owner AND t.run = u.id
        WHERE u.mailbox = from_mailbox AND u.beat > since::timestamptz - interval '1 minute' AND u.owner <> but_for
            AND t.at > since COLLATE "C" AND t.state IN ('sent', 'in-doubt')
        UNION
        SELECT l.owner, l.number FROM runs u JOIN letters l ON l.owner = u.owner AND l.run = u.id
        WHERE u.mailbox = from_mailbox AND u.beat > since::timestamptz AND l.waits = 1 AND l.state = 'sending'
    ) g JOIN recipients r ON r.owner = g.owner AND r.letter = g.letter
    WHERE coalesce(r.state, 'sent') IN ('sent', 'in-doubt')
$$
"""
_ABOUT = """
CREATE TABLE about (id uuid NOT NULL DEFAULT gen_random_uuid(), version integer NOT NULL)
"""
_KNOWN = """
CREATE OR REPLACE FUNCTION owner_is_known() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO mailer.owners DEFAULT VALUES ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$
"""
# Which owners a role has, by the names that it gave them.
_OWNERS = (
    'CREATE TABLE owners (owner text COLLATE "C" PRIMARY KEY DEFAULT mailer_owner())',
    "ALTER TABLE owners ENABLE ROW LEVEL SECURITY",
    "CREATE POLICY own ON owners USING (starts_with(owner, quote_ident(current_user) || '/'))"
    " WITH CHECK (owner = mailer_owner())",
    "GRANT SELECT, INSERT ON owners TO mailer_users",
    *(
        f"CREATE TRIGGER owner_is_known AFTER INSERT ON {table} FOR EACH STATEMENT EXECUTE FUNCTION owner_is_known()"
        for table in ("runs", "people", "drafts")
    ),
)
# What the tables need.
FUNCTIONS = (OWNER, _INSTR, _HMAC)
# Each time, so that they are of this version; what was there may have had other arguments.
ANEW = (
    "DROP FUNCTION IF EXISTS mailer_is_stopped, mailer_handed_over",
    *FUNCTIONS,
    _SENT,
    _NEWS,
    _UNQUEUED,
    _KNOWN,
    _STOPPED,
    _HANDED_OVER,
    "REVOKE ALL ON ALL FUNCTIONS IN SCHEMA mailer FROM PUBLIC",
    "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA mailer TO mailer_users",
    "REVOKE ALL ON FUNCTION mailer_hmac FROM mailer_users",
    "GRANT USAGE ON ALL SEQUENCES IN SCHEMA mailer TO mailer_users",
)
ONCE = (*_TRIGGERS, _ABOUT, "GRANT SELECT ON about TO mailer_users", *_OWNERS)
