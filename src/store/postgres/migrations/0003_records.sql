-- What figures and exports know of a call that is over, by when it began.
CREATE TABLE records (
    call     TEXT COLLATE "C" PRIMARY KEY,
    began_at BIGINT NOT NULL,
    body     TEXT   NOT NULL
) WITH (fillfactor = 80);

CREATE INDEX records_by_time ON records (began_at, call);
