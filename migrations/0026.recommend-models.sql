-- depends: 0025.index-requests

-- What a new chat begins with, where nobody has chosen yet.
ALTER TABLE models ADD COLUMN recommended boolean NOT NULL DEFAULT false;
