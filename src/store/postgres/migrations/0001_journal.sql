-- Instants are microseconds since 1970 (UTC); JSON columns are text as the domain serialises it.
-- Ids compare as bytes: the order in which rows are locked must not depend on a locale.

-- The truth: what happened, in the order it was committed. A call is the fold of its events. A
-- repetition has the same key within its call; that index is also the way from a call to its events.
CREATE TABLE events (
    seq         BIGINT GENERATED ALWAYS AS IDENTITY,
    call        TEXT COLLATE "C" NOT NULL,
    key         TEXT COLLATE "C" NOT NULL,
    sent_at     BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    facts       TEXT   NOT NULL,
    PRIMARY KEY (call, key)
);

-- What is needed to find calls without folding them. `revision` counts the commits that touched a
-- call; `changed` is the transaction of the last one, by which hubs catch up with each other.
CREATE TABLE calls (
    id       TEXT COLLATE "C" PRIMARY KEY,
    version  BIGINT  NOT NULL,
    began_at BIGINT  NOT NULL,
    heard_at BIGINT  NOT NULL,
    on_board BOOLEAN NOT NULL,
    revision BIGINT  NOT NULL DEFAULT 0,
    changed  XID8    NOT NULL DEFAULT pg_current_xact_id()
) WITH (fillfactor = 80);

CREATE INDEX calls_on_board ON calls (heard_at) WHERE on_board;
CREATE INDEX calls_changed ON calls (changed);

-- The outbox. `state` and `changed_at` repeat what `body` holds, to search by. A write under way
-- is leased to the hub that has it; the lease lasts as long as that hub lives.
CREATE TABLE writes (
    id         TEXT COLLATE "C" PRIMARY KEY,
    call       TEXT COLLATE "C" NOT NULL,
    place      BIGINT NOT NULL,
    state      TEXT   NOT NULL,
    changed_at BIGINT NOT NULL,
    body       TEXT   NOT NULL,
    lease_by   TEXT   COLLATE "C"
) WITH (fillfactor = 80);

CREATE INDEX writes_of_call ON writes (call, place);
CREATE INDEX writes_changed ON writes (changed_at, id);
-- Only those not at their end: they are few, however many were delivered.
CREATE INDEX writes_by_state ON writes (state, changed_at)
    WHERE state NOT IN ('delivered', 'superseded', 'discarded');

-- Every try, with what was answered.
CREATE TABLE attempts (
    seq          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    write_id     TEXT COLLATE "C" NOT NULL,
    at           BIGINT  NOT NULL,
    milliseconds BIGINT  NOT NULL,
    status       INTEGER NOT NULL,
    problem      TEXT
);

CREATE INDEX attempts_of_write ON attempts (write_id, seq);

-- The hubs at work, and until when each is taken to live without having said so again. The one
-- that leads does what is to be done once.
CREATE TABLE hubs (
    id          TEXT COLLATE "C" PRIMARY KEY,
    alive_until TIMESTAMPTZ NOT NULL
);

CREATE TABLE leader (
    only_one BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (only_one),
    hub      TEXT COLLATE "C" NOT NULL,
    until    TIMESTAMPTZ NOT NULL
);
