UPDATE models SET kinds = ARRAY['chat'], enabled = false WHERE kinds = ARRAY['vision'];
UPDATE models SET kinds = array_remove(kinds, 'vision') WHERE 'vision' = ANY (kinds);
ALTER TABLE models DROP CONSTRAINT models_kinds_check;
ALTER TABLE models ADD CONSTRAINT models_kinds_check CHECK (
    cardinality(kinds) >= 1
    AND kinds <@ ARRAY['chat', 'completion', 'embedding', 'image', 'speech', 'transcription', 'moderation', 'rerank',
                       'passthrough']
);

DROP INDEX messages_of_parent;
ALTER TABLE messages DROP CONSTRAINT messages_parent_fkey;
ALTER TABLE messages DROP CONSTRAINT messages_of_conversation;
CREATE INDEX messages_of_conversation ON messages (org_id, conversation_id, id DESC);
ALTER TABLE messages DROP COLUMN parent_id, DROP COLUMN leased_until, DROP COLUMN stop_asked;

DROP INDEX conversations_of_user;
ALTER TABLE conversations DROP COLUMN parameters, DROP COLUMN leaf_id, DROP COLUMN latest_id;
CREATE INDEX conversations_of_user ON conversations (org_id, user_id, id DESC) WHERE deleted_at IS NULL;
