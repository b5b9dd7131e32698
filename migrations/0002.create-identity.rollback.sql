-- depends: 0001.create-partitioning

DROP TABLE api_keys;
DROP TABLE projects;
DROP TABLE workspaces;
DROP TABLE org_members;
ALTER TABLE users DROP CONSTRAINT users_personal_org_fkey;
DROP TABLE orgs;
DROP TABLE login_attempts;
DROP TABLE sessions;
DROP TABLE users;
