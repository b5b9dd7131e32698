"""Append-only records that may ride along in another write's transaction.

A `Record` given to the ledger as a rider becomes durable in the very commit of the money it tells about, at no
commit of its own. The ledger does not look inside: each adapter is told how to write each kind.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Record:
    """Base of usage records, audit events and request logs. Written once, never updated."""
