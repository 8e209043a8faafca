-- The empty rows by which other hubs learn that a call was erased: they are swept by their age, and
-- are few, however many calls there are.
CREATE INDEX calls_erased ON calls (heard_at) WHERE version = 0 AND NOT on_board;
