ALTER TABLE models DROP COLUMN recommended;
