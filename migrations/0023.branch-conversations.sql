-- Conversations branch; an answer in the making is told from one that was left; models may see.
-- depends: 0022.remember-checks

-- `leaf_id` is the last message of the branch that is shown, `latest_id` the newest message's id (the conversation's own
-- before there is one): by it, the conversation used last is listed first.
ALTER TABLE conversations
    ADD COLUMN parameters jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(parameters) = 'object'),
    ADD COLUMN leaf_id uuid,
    ADD COLUMN latest_id uuid;
UPDATE conversations AS c
SET leaf_id = (
    SELECT m.id FROM messages AS m
    WHERE m.org_id = c.org_id AND m.conversation_id = c.id
    ORDER BY m.id DESC
    LIMIT 1
);
UPDATE conversations SET latest_id = coalesce(leaf_id, id);
ALTER TABLE conversations ALTER COLUMN latest_id SET NOT NULL;
DROP INDEX conversations_of_user;
CREATE INDEX conversations_of_user ON conversations (org_id, user_id, latest_id DESC) WHERE deleted_at IS NULL;

-- What was said before there were branches is one branch, in the order of ids. A lease says until when the process that
-- writes an answer has promised to look after it; null: it is whole. The key over org_id keeps a parent in the same
-- conversation, whoever writes it.
ALTER TABLE messages
    ADD COLUMN parent_id uuid,
    ADD COLUMN leased_until timestamptz,
    ADD COLUMN stop_asked boolean NOT NULL DEFAULT false;
UPDATE messages AS m
SET parent_id = chained.parent_id
FROM (
    SELECT id, lag(id) OVER (PARTITION BY org_id, conversation_id ORDER BY id) AS parent_id FROM messages
) AS chained
WHERE chained.id = m.id AND chained.parent_id IS NOT NULL;
DROP INDEX messages_of_conversation;
ALTER TABLE messages ADD CONSTRAINT messages_of_conversation UNIQUE (org_id, conversation_id, id);
ALTER TABLE messages ADD CONSTRAINT messages_parent_fkey
    FOREIGN KEY (org_id, conversation_id, parent_id) REFERENCES messages (org_id, conversation_id, id);
CREATE INDEX messages_of_parent ON messages (org_id, conversation_id, parent_id, id);

ALTER TABLE models DROP CONSTRAINT models_kinds_check;
ALTER TABLE models ADD CONSTRAINT models_kinds_check CHECK (
    cardinality(kinds) >= 1
    AND kinds <@ ARRAY['chat', 'vision', 'completion', 'embedding', 'image', 'speech', 'transcription', 'moderation',
                       'rerank', 'passthrough']
);
