"""The ledger: prepaid wallets, holds, captures, and the books that prove them.

Rules and theory stand in docs/billing.md. Knows only the kernel; nothing of models, prices or HTTP.
"""

from deepspace_core.ledger.budget import Budget, BudgetKey, BudgetLine, BudgetScope, BudgetWindow, caps_of, starts_on
from deepspace_core.ledger.command import Adjust, Capture, Command, Expire, Extend, Hold, Linked, Refund, Release, TopUp
from deepspace_core.ledger.errors import (
    BudgetExceeded,
    CommitUnknown,
    InsufficientFunds,
    LedgerRefused,
    RefConflict,
    budget_fields,
    budget_sentence,
    refusal_of,
)
from deepspace_core.ledger.hold import HoldAccount, HoldState, HoldView
from deepspace_core.ledger.outcome import Outcome, OutcomeCode, WalletView
from deepspace_core.ledger.ports import (
    AccountBalance,
    BudgetRepository,
    DryLedger,
    Ledger,
    LedgerAuditReader,
    LedgerReader,
    LinkedLedger,
    OpenHolds,
    TransactionFilter,
    WholeLedger,
)
from deepspace_core.ledger.proof import Finding
from deepspace_core.ledger.transaction import Account, LedgerTransaction, TransactionType
from deepspace_core.ledger.use_cases import (
    AdjustWallet,
    AuditLedger,
    AuditReport,
    OperatorLedger,
    RefundCapture,
    SweepExpiredHolds,
    TopUpWallet,
)
from deepspace_core.ledger.wallet import BalanceAt, Wallet

__all__ = [
    "Account",
    "AccountBalance",
    "Adjust",
    "AdjustWallet",
    "AuditLedger",
    "AuditReport",
    "BalanceAt",
    "Budget",
    "BudgetExceeded",
    "BudgetKey",
    "BudgetLine",
    "BudgetRepository",
    "BudgetScope",
    "BudgetWindow",
    "Capture",
    "Command",
    "CommitUnknown",
    "DryLedger",
    "Expire",
    "Extend",
    "Finding",
    "Hold",
    "HoldAccount",
    "HoldState",
    "HoldView",
    "InsufficientFunds",
    "Ledger",
    "LedgerAuditReader",
    "LedgerReader",
    "LedgerRefused",
    "LedgerTransaction",
    "Linked",
    "LinkedLedger",
    "OpenHolds",
    "OperatorLedger",
    "Outcome",
    "OutcomeCode",
    "RefConflict",
    "Refund",
    "RefundCapture",
    "Release",
    "SweepExpiredHolds",
    "TopUp",
    "TopUpWallet",
    "TransactionFilter",
    "TransactionType",
    "Wallet",
    "WalletView",
    "WholeLedger",
    "budget_fields",
    "budget_sentence",
    "caps_of",
    "refusal_of",
    "starts_on",
]
