-- Instants are microseconds since 1970 (UTC); JSON columns hold what the domain serialises.

-- The truth: what happened, in the order it was committed. A call is the fold of its events.
CREATE TABLE events (
    seq         INTEGER PRIMARY KEY,
    call        TEXT    NOT NULL,
    key         TEXT    NOT NULL,
    sent_at     INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    facts       TEXT    NOT NULL
) STRICT;

-- A repetition has the same key within its call; also the way from a call to its events.
CREATE UNIQUE INDEX events_of_call ON events (call, key);

-- What is needed to find calls without folding them.
CREATE TABLE calls (
    id       TEXT    PRIMARY KEY,
    version  INTEGER NOT NULL,
    began_at INTEGER NOT NULL,
    heard_at INTEGER NOT NULL,
    on_board INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX calls_on_board ON calls (heard_at) WHERE on_board = 1;

-- The outbox. `state` and `changed_at` repeat what `body` holds, to search by.
CREATE TABLE writes (
    id         TEXT    PRIMARY KEY,
    call       TEXT    NOT NULL,
    place      INTEGER NOT NULL,
    state      TEXT    NOT NULL,
    changed_at INTEGER NOT NULL,
    body       TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX writes_of_call ON writes (call, place);
CREATE INDEX writes_by_state ON writes (state, changed_at);

-- Every try, with what was answered.
CREATE TABLE attempts (
    seq          INTEGER PRIMARY KEY,
    write_id     TEXT    NOT NULL,
    at           INTEGER NOT NULL,
    milliseconds INTEGER NOT NULL,
    status       INTEGER NOT NULL,
    problem      TEXT
) STRICT;

CREATE INDEX attempts_of_write ON attempts (write_id, seq);

-- Small things that must survive: a rotated refresh token, whether the destination is paused.
CREATE TABLE kept (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
