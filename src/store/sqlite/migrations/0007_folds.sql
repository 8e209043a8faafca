-- Calls that are over as they were folded and judged, so that a start need not do it again. Never
-- the truth: one that is not of the call's version, or was made in another way (`made_by`), is
-- passed over and the events are read. Only of calls on the board.
CREATE TABLE folds (
    call    TEXT    PRIMARY KEY,
    version INTEGER NOT NULL,
    made_by TEXT    NOT NULL,
    body    TEXT    NOT NULL
) STRICT;

CREATE TRIGGER folds_leave_with_their_call AFTER UPDATE OF on_board ON calls
WHEN OLD.on_board = 1 AND NEW.on_board = 0
BEGIN
    DELETE FROM folds WHERE call = OLD.id;
END;

CREATE TRIGGER folds_go_with_their_call AFTER DELETE ON calls
BEGIN
    DELETE FROM folds WHERE call = OLD.id;
END;
