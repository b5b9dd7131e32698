"""What was answered is read as it is written now, and as earlier versions wrote it."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import msgspec
import pytest

from deepspace_adapters.postgres.ledger_rows import ref_columns, stored_from
from deepspace_core.kernel.ids import HoldId, WalletId
from deepspace_core.ledger import BudgetLine, BudgetWindow, HoldState, Outcome, OutcomeCode
from deepspace_core.ledger.fingerprint import fingerprint_of
from deepspace_core.ledger.hold import HoldView
from deepspace_core.ledger.outcome import WalletView
from deepspace_core.ledger.state import StoredOutcome
from tests.core.ledger.asking import CAP, ORG, WALLET, Caller

NOW = datetime(2030, 1, 31, 12, 0, 0, 5, UTC)
HOLD = HoldView(HoldId(UUID(int=7)), "h", HoldState.PENDING, 4, 0, 0, NOW + timedelta(seconds=9))
PURSE = WalletView(WalletId(WALLET), "USD", 100, 4, 0, 0, 1)
LINE = BudgetLine(WalletId(WALLET), CAP, BudgetWindow.DAY, date(2030, 1, 31), 9, 5, 4)
FINGERPRINT_ONCE = f'{{"type":"hold","wallet_id":"{WALLET.hex}","amount_nanos":4,"lifetime_seconds":60}}'


@pytest.mark.parametrize(
    ("outcome", "once"),
    [
        (
            Outcome(OutcomeCode.ACCEPTED, "h", hold=HOLD, wallet=PURSE),
            (
                f'{{"hold":{{"id":"{HOLD.id}","ref":"h","state":"pending","remaining_nanos":4,"captured_nanos":0,'
                '"overage_nanos":0,"expires_at":"2030-01-31T12:00:09.000005Z"},'
                f'"wallet":{{"wallet_id":"{WALLET}","currency":"USD","balance_nanos":100,"frozen_nanos":4,'
                '"receivable_nanos":0,"credit_limit_nanos":0,"version":1}}'
            ),
        ),
        (
            Outcome(OutcomeCode.BUDGET_EXCEEDED, "h", needed_nanos=4, available_nanos=0, budget=LINE),
            (
                f'{{"needed_nanos":4,"available_nanos":0,"budget":{{"wallet_id":"{WALLET}","key":{{"scope":"{CAP.scope}",'
                f'"scope_id":"{CAP.scope_id}"}},"window":"day","starts_on":"2030-01-31","cap_nanos":9,"used_nanos":5,'
                '"reserved_nanos":4}}'
            ),
        ),
        (Outcome(OutcomeCode.WALLET_NOT_FOUND, "h"), "{}"),
    ],
)
def test_an_answer_is_read_with_names_and_without(outcome: Outcome, once: str) -> None:
    stored = StoredOutcome(fingerprint_of(Caller().hold("h", 4)), outcome)
    columns = ref_columns([((ORG, "h"), stored)], NOW)
    assert columns["r_wallet_id"].strip('{"}') == WALLET.hex
    row = (ORG, "h", WALLET, None, NOW, outcome.code.value)
    written = [msgspec.json.decode(columns[name][1:-1]) for name in ("r_fingerprint", "r_outcome")]
    assert stored_from((*row, *written)).stored == stored
    assert stored_from((*row, FINGERPRINT_ONCE, once)).stored == stored
