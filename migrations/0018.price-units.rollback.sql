-- What was only passed through is no model any more; a price may stand on it, so its row stays, switched off.
UPDATE models SET kinds = ARRAY['chat'], enabled = false WHERE kinds = ARRAY['passthrough'];
UPDATE models SET kinds = array_remove(kinds, 'passthrough') WHERE 'passthrough' = ANY (kinds);
ALTER TABLE models DROP CONSTRAINT models_kinds_check;
ALTER TABLE models ADD CONSTRAINT models_kinds_check CHECK (
    cardinality(kinds) >= 1
    AND kinds <@ ARRAY['chat', 'completion', 'embedding', 'image', 'speech', 'transcription', 'moderation', 'rerank']
);
ALTER TABLE usage_records DROP COLUMN units;
ALTER TABLE prices DROP COLUMN unit_picos;
