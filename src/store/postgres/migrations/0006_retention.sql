-- What is kept no longer than it is to be is found by its age.
CREATE INDEX calls_by_age ON calls (heard_at) WHERE NOT on_board;
