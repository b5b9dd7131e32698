-- name: get_model
SELECT id, name, upstream_name, kinds, context_tokens, output_tokens_max, enabled, visibility, created_at,
    recommended
FROM models
WHERE id = %(id)s;

-- name: find_model_by_name
SELECT id, name, upstream_name, kinds, context_tokens, output_tokens_max, enabled, visibility, created_at,
    recommended
FROM models
WHERE name = %(name)s;

-- name: list_models
SELECT id, name, upstream_name, kinds, context_tokens, output_tokens_max, enabled, visibility, created_at,
    recommended
FROM models
WHERE (%(kind)s::text IS NULL OR %(kind)s = ANY (kinds))
  AND (%(enabled)s::boolean IS NULL OR enabled = %(enabled)s)
  AND (%(visibility)s::text IS NULL OR visibility = %(visibility)s)
  AND (
        %(search)s::text IS NULL
        OR position(lower(%(search)s) IN lower(name)) > 0
        OR position(lower(%(search)s) IN lower(upstream_name)) > 0
      )
  AND (%(after)s::uuid IS NULL OR id < %(after)s)
ORDER BY id DESC
LIMIT %(limit)s + 1;

-- name: add_model
INSERT INTO models
    (id, name, upstream_name, kinds, context_tokens, output_tokens_max, enabled, visibility, created_at,
     recommended)
VALUES
    (%(id)s, %(name)s, %(upstream_name)s, %(kinds)s, %(context_tokens)s, %(output_tokens_max)s, %(enabled)s,
     %(visibility)s, %(created_at)s, %(recommended)s);

-- name: save_model
UPDATE models
SET name = %(name)s, upstream_name = %(upstream_name)s, kinds = %(kinds)s, context_tokens = %(context_tokens)s,
    output_tokens_max = %(output_tokens_max)s, enabled = %(enabled)s, visibility = %(visibility)s,
    recommended = %(recommended)s
WHERE id = %(id)s;
