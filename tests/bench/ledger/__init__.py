"""What group commit is worth: the ledger on embedded PostgreSQL beside the same schema driven by other means.

`load` drives any client and times it. The clients are the ledger itself (`grouped`, and `gateways` for several
processes), hand-written ones on psycopg (`single`), a PL/pgSQL function under pgbench (`function.sql`, `pgbench`), and
a transaction that touches two rows and no more (`bare`). `bank` is the database that they share, `report` the table
and the verdicts.
"""
