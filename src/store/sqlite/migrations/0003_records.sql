-- What figures and exports know of a call that is over, by when it began.
CREATE TABLE records (
    call     TEXT    PRIMARY KEY,
    began_at INTEGER NOT NULL,
    body     TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX records_by_time ON records (began_at, call);
