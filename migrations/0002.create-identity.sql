-- Users, sessions, organizations, workspaces, projects and API keys.
-- depends: 0001.create-partitioning

CREATE TABLE users (
    id uuid PRIMARY KEY,
    email text NOT NULL,
    display_name text NOT NULL,
    password_hash text NOT NULL,
    personal_org_id uuid NOT NULL,
    language text NOT NULL CHECK (language IN ('en', 'zh-CN')),
    time_zone text NOT NULL,
    is_administrator boolean NOT NULL,
    disabled_at timestamptz,
    created_at timestamptz NOT NULL,
    CONSTRAINT users_email_key UNIQUE (email),
    CONSTRAINT users_email_folded CHECK (email = btrim(email))
);
CREATE INDEX users_administrators ON users (id) WHERE is_administrator;

CREATE TABLE sessions (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id),
    access_sha256 bytea NOT NULL UNIQUE,
    family_sha256 bytea NOT NULL UNIQUE,
    generation_sha256 bytea NOT NULL,
    created_at timestamptz NOT NULL,
    refreshed_at timestamptz NOT NULL,
    access_expires_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    end_reason text,
    user_agent text NOT NULL,
    address text NOT NULL,
    CONSTRAINT sessions_end_whole CHECK ((revoked_at IS NULL) = (end_reason IS NULL))
);
CREATE INDEX sessions_live_of_user ON sessions (user_id, id DESC) WHERE revoked_at IS NULL;
CREATE INDEX sessions_by_end ON sessions (expires_at);

CREATE TABLE login_attempts (
    key bytea PRIMARY KEY,
    attempts integer NOT NULL,
    started_at timestamptz NOT NULL
);
CREATE INDEX login_attempts_by_age ON login_attempts (started_at);

CREATE TABLE orgs (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('personal', 'team')),
    on_abort text NOT NULL CHECK (on_abort IN ('drain', 'cancel')),
    suspended_at timestamptz,
    created_at timestamptz NOT NULL
);
-- Checked at commit, because a user and their organization name each other and one must be written first.
ALTER TABLE users ADD CONSTRAINT users_personal_org_fkey
    FOREIGN KEY (personal_org_id) REFERENCES orgs (id) DEFERRABLE INITIALLY DEFERRED;

CREATE TABLE org_members (
    org_id uuid NOT NULL REFERENCES orgs (id),
    user_id uuid NOT NULL REFERENCES users (id),
    role text NOT NULL CHECK (role IN ('owner', 'admin', 'member', 'viewer')),
    created_at timestamptz NOT NULL,
    CONSTRAINT org_members_pkey PRIMARY KEY (org_id, user_id)
);
CREATE INDEX org_members_of_user ON org_members (user_id, org_id DESC);

CREATE TABLE workspaces (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES orgs (id),
    slug text NOT NULL,
    name text NOT NULL,
    is_default boolean NOT NULL,
    created_at timestamptz NOT NULL,
    archived_at timestamptz,
    -- In the whole installation, for it is the first part of a public address. Archived ones keep theirs.
    CONSTRAINT workspaces_slug_key UNIQUE (slug),
    -- What a project's foreign key needs to stay within one organization.
    CONSTRAINT workspaces_org_key UNIQUE (org_id, id)
);
CREATE UNIQUE INDEX workspaces_one_default ON workspaces (org_id) WHERE is_default;

CREATE TABLE projects (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    name text NOT NULL,
    description text NOT NULL,
    is_default boolean NOT NULL,
    created_at timestamptz NOT NULL,
    archived_at timestamptz,
    FOREIGN KEY (org_id, workspace_id) REFERENCES workspaces (org_id, id),
    CONSTRAINT projects_org_key UNIQUE (org_id, id)
);
CREATE UNIQUE INDEX projects_one_default ON projects (org_id) WHERE is_default;
CREATE UNIQUE INDEX projects_name_key ON projects (workspace_id, lower(name)) WHERE archived_at IS NULL;

CREATE TABLE api_keys (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES orgs (id),
    project_id uuid,
    created_by uuid NOT NULL REFERENCES users (id),
    name text NOT NULL,
    prefix text NOT NULL,
    sha256 bytea NOT NULL UNIQUE,
    previous_sha256 bytea UNIQUE,
    previous_expires_at timestamptz,
    scopes text[] NOT NULL,
    model_allow_list text[],
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    rotated_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz,
    FOREIGN KEY (org_id, project_id) REFERENCES projects (org_id, id),
    CONSTRAINT api_keys_previous_whole CHECK ((previous_sha256 IS NULL) = (previous_expires_at IS NULL))
);
CREATE INDEX api_keys_of_org ON api_keys (org_id, id DESC);
