-- Prices of what is not counted in tokens (images, seconds of sound, characters), and a kind for routes passed through.
-- depends: 0011.chain-rows

-- {"images": picos an image, …}; empty for a card that prices tokens and requests only.
ALTER TABLE prices ADD COLUMN unit_picos jsonb NOT NULL DEFAULT '{}';

-- {"images": 2, …}; null for a call that has none, as nearly every one is.
ALTER TABLE usage_records ADD COLUMN units jsonb;

ALTER TABLE models DROP CONSTRAINT models_kinds_check;
ALTER TABLE models ADD CONSTRAINT models_kinds_check CHECK (
    cardinality(kinds) >= 1
    AND kinds <@ ARRAY['chat', 'completion', 'embedding', 'image', 'speech', 'transcription', 'moderation', 'rerank',
        'passthrough']
);
