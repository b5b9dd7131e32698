"""What a decision's working copies leave as it was."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from deepspace_core.ledger import Outcome, OutcomeCode, TransactionType
from deepspace_core.ledger.desk import Desk
from deepspace_core.ledger.state import BookState
from deepspace_core.ledger.till import Till, Words
from deepspace_core.ledger.wallet import open_wallet
from tests.core.ledger.asking import ORG, WALLET, Caller
from tests.fakes import NOON, TRACE


def test_a_row_leaves_of_a_wallet_what_is_not_its_business() -> None:
    opened = replace(open_wallet(org_id=ORG, wallet_id=WALLET, now=NOON), closed_at=NOON, capped=True, chained_after=3)
    later = NOON + timedelta(hours=1)
    till = Till(opened, now=later, ids=lambda: UUID(int=1))
    till.post(Words(TransactionType.TOP_UP, "paid", TRACE, "user:1", "paid in"), amount=7, balance=7)
    assert till.wallet() == replace(opened, balance_nanos=7, version=1, updated_at=later, root=till.root)


def test_what_was_answered_before_a_mark_stays_answered() -> None:
    desk = Desk(BookState(), NOON, lambda: UUID(int=1))
    desk.store(Caller().top_up("before", 1), (), Outcome(OutcomeCode.ACCEPTED, "before"))
    mark = desk.mark()
    desk.store(Caller().top_up("after", 1), (), Outcome(OutcomeCode.ACCEPTED, "after"))
    desk.reset(mark)
    assert [key for key, _ in desk.decision([]).refs] == [(ORG, "before")]
