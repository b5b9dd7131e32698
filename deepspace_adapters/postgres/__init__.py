"""The ports on PostgreSQL, through psycopg 3. Nothing else in the product imports psycopg."""
