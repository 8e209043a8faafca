-- Calls that are over as they were folded and judged, so that a start need not do it again. Never
-- the truth: one that is not of the call's version, or was made in another way (`made_by`), is
-- passed over and the events are read. Only of calls on the board; they go when it leaves, also by
-- the hand of an older hub.
CREATE TABLE folds (
    call    TEXT COLLATE "C" PRIMARY KEY,
    version BIGINT NOT NULL,
    made_by TEXT   NOT NULL,
    body    TEXT   NOT NULL
);

CREATE FUNCTION fold_goes_with_its_call() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM folds WHERE call = OLD.id;
    RETURN NULL;
END $$;

CREATE TRIGGER fold_leaves_with_its_call AFTER UPDATE ON calls
    FOR EACH ROW WHEN (OLD.on_board AND NOT NEW.on_board)
    EXECUTE FUNCTION fold_goes_with_its_call();

CREATE TRIGGER fold_goes_with_its_call AFTER DELETE ON calls
    FOR EACH ROW EXECUTE FUNCTION fold_goes_with_its_call();
