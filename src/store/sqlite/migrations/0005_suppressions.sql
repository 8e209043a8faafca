-- Numbers that are not to be rung (stands = 1), and those that may be rung again: what was last
-- said of each.
CREATE TABLE suppressions (
    number   TEXT    PRIMARY KEY,
    stands   INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    operator TEXT,
    call     TEXT
) STRICT, WITHOUT ROWID;
