-- Invitations into organizations, by a link for one e-mail address.
-- depends: 0019.sum-usage

CREATE TABLE invitations (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES orgs (id),
    email text NOT NULL,
    role text NOT NULL CHECK (role IN ('owner', 'admin', 'member', 'viewer')),
    invited_by uuid NOT NULL REFERENCES users (id),
    sha256 bytea NOT NULL UNIQUE,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    accepted_at timestamptz,
    accepted_by uuid REFERENCES users (id),
    withdrawn_at timestamptz,
    CONSTRAINT invitations_accepted_whole CHECK ((accepted_at IS NULL) = (accepted_by IS NULL)),
    CONSTRAINT invitations_answered_once CHECK (accepted_at IS NULL OR withdrawn_at IS NULL)
);
CREATE INDEX invitations_waiting ON invitations (org_id, id DESC) WHERE accepted_at IS NULL AND withdrawn_at IS NULL;
