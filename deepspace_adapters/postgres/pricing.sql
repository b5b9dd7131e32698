-- name: add_card
INSERT INTO prices (id, model_id, version, effective_at, currency, per_request_picos, tiers, unit_picos)
VALUES (%(id)s, %(model_id)s, %(version)s, %(effective_at)s, %(currency)s, %(per_request_picos)s, %(tiers)s,
    %(unit_picos)s);

-- name: get_card
SELECT id, model_id, version, effective_at, currency, per_request_picos, tiers, unit_picos
FROM prices
WHERE id = %(id)s;

-- name: find_effective_card
SELECT id, model_id, version, effective_at, currency, per_request_picos, tiers, unit_picos
FROM prices
WHERE model_id = %(model_id)s AND effective_at <= %(at)s
ORDER BY effective_at DESC, version DESC
LIMIT 1;

-- name: effective_cards
SELECT DISTINCT ON (model_id) id, model_id, version, effective_at, currency, per_request_picos, tiers, unit_picos
FROM prices
WHERE model_id = ANY (%(model_ids)s::uuid[]) AND effective_at <= %(at)s
ORDER BY model_id, effective_at DESC, version DESC;

-- name: find_latest_version
SELECT max(version)
FROM prices
WHERE model_id = %(model_id)s;

-- name: list_cards
SELECT id, model_id, version, effective_at, currency, per_request_picos, tiers, unit_picos
FROM prices
WHERE (%(model_id)s::uuid IS NULL OR model_id = %(model_id)s)
  AND (%(after)s::uuid IS NULL OR id < %(after)s)
ORDER BY id DESC
LIMIT %(limit)s + 1;
