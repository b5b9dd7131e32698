-- Conversations and what is said in them.
-- depends: 0002.create-identity

-- A user's own: every query names org_id and user_id. A deleted one is out of sight; its calls stay in usage and audit.
CREATE TABLE conversations (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES orgs (id),
    project_id uuid NOT NULL REFERENCES projects (id),
    user_id uuid NOT NULL REFERENCES users (id),
    title text NOT NULL CHECK (length(title) <= 200),
    model_name text NOT NULL,
    system_prompt text NOT NULL CHECK (length(system_prompt) <= 20000),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    CONSTRAINT conversations_of_org UNIQUE (org_id, id)
);
CREATE INDEX conversations_of_user ON conversations (org_id, user_id, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX conversations_of_project ON conversations (project_id, id DESC) WHERE deleted_at IS NULL;

-- Written once, never changed. `content_json` is OpenAI's list of content parts; `metadata` of an answer holds its
-- model, ending, tokens by leaf, cost and error, of a question nothing. The foreign key spans org_id, so that a message
-- can't stand in another tenant's conversation whoever writes it.
CREATE TABLE messages (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    role text NOT NULL CHECK (role IN ('user', 'assistant')),
    content_json jsonb NOT NULL CHECK (jsonb_typeof(content_json) = 'array'),
    metadata jsonb NOT NULL CHECK (jsonb_typeof(metadata) = 'object'),
    trace_id text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT messages_conversation_fkey
        FOREIGN KEY (org_id, conversation_id) REFERENCES conversations (org_id, id)
);
CREATE INDEX messages_of_conversation ON messages (org_id, conversation_id, id DESC);
CREATE INDEX messages_of_trace ON messages (trace_id);
