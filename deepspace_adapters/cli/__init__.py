"""The `deepspace` command: a driving adapter over the use cases, for whoever runs the installation.

It acts as the system itself, since whoever can read the database's address needs no further proof. One file a noun;
what is printed goes to standard output (a table, or JSON with `--json`), everything said about it to standard error.
Exit codes: 0 done, 1 refused or failed, 2 used wrongly.
"""
