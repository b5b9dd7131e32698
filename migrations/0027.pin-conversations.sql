-- depends: 0026.recommend-models

-- Whoever pins a conversation wants it at hand, however long ago it was used.
ALTER TABLE conversations ADD COLUMN pinned boolean NOT NULL DEFAULT false;
CREATE INDEX conversations_pinned ON conversations (org_id, user_id, latest_id DESC) WHERE pinned AND deleted_at IS NULL;
