-- Who did what. Only ever added to; the one change that is let through takes the call's id out
-- when the call is erased.
CREATE TABLE log (
    seq      BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at       BIGINT NOT NULL,
    operator TEXT   NOT NULL,
    action   TEXT   NOT NULL,
    what     TEXT   NOT NULL,
    call     TEXT   COLLATE "C"
);

CREATE INDEX log_of_call ON log (call, seq) WHERE call IS NOT NULL;

CREATE FUNCTION log_is_only_added_to() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.call IS NULL
        AND (NEW.seq, NEW.at, NEW.operator, NEW.action, NEW.what)
            = (OLD.seq, OLD.at, OLD.operator, OLD.action, OLD.what) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the log is only ever added to';
END $$;

CREATE TRIGGER log_is_only_added_to BEFORE UPDATE OR DELETE ON log
    FOR EACH ROW EXECUTE FUNCTION log_is_only_added_to();

-- Tokens made while hubs run, by their SHA-256. A name may have several, of which at most one is
-- good.
CREATE TABLE tokens (
    hash       TEXT COLLATE "C" PRIMARY KEY,
    name       TEXT   NOT NULL,
    role       TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT   NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT
);
