DROP INDEX conversations_pinned;
ALTER TABLE conversations DROP COLUMN pinned;
