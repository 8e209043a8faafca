-- Numbers that are not to be rung (stands), and those that may be rung again: what was last said of
-- each. Hubs learn of a change by the transaction that made it.
CREATE TABLE suppressions (
    number   TEXT COLLATE "C" PRIMARY KEY,
    stands   BOOLEAN NOT NULL,
    at       BIGINT  NOT NULL,
    operator TEXT,
    call     TEXT    COLLATE "C",
    changed  XID8    NOT NULL DEFAULT pg_current_xact_id()
);

CREATE INDEX suppressions_changed ON suppressions (changed);
