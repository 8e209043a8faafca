-- Writes in the order in which they last changed, page by page.
CREATE INDEX writes_changed ON writes (changed_at, id);
