-- Who did what. Only ever added to; the one change that is let through takes the call's id out
-- when the call is erased.
CREATE TABLE log (
    seq      INTEGER PRIMARY KEY AUTOINCREMENT,
    at       INTEGER NOT NULL,
    operator TEXT    NOT NULL,
    action   TEXT    NOT NULL,
    what     TEXT    NOT NULL,
    call     TEXT
) STRICT;

CREATE INDEX log_of_call ON log (call, seq) WHERE call IS NOT NULL;

CREATE TRIGGER log_is_never_shortened BEFORE DELETE ON log
BEGIN
    SELECT RAISE(ABORT, 'the log is only ever added to');
END;

CREATE TRIGGER log_is_never_rewritten BEFORE UPDATE ON log
WHEN NEW.call IS NOT NULL OR NEW.seq <> OLD.seq OR NEW.at <> OLD.at
    OR NEW.operator <> OLD.operator OR NEW.action <> OLD.action OR NEW.what <> OLD.what
BEGIN
    SELECT RAISE(ABORT, 'the log is only ever added to');
END;

-- Tokens made while the hub runs, by their SHA-256. A name may have several, of which at most one
-- is good.
CREATE TABLE tokens (
    hash       TEXT    PRIMARY KEY,
    name       TEXT    NOT NULL,
    role       TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT    NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER
) STRICT, WITHOUT ROWID;
