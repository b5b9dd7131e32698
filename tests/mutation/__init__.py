"""Mutation testing of the ledger and of pricing: `make mutate` (docs/contributing.md tells how and why)."""
