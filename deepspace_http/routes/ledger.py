"""Wallets, movements and holds; and what administrators do to wallets."""

from typing import Annotated, TypeAlias

from litestar import Router, delete, get, post, put
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter, SkipValidation

from deepspace_core.kernel.ids import HoldId, OrgId, TraceId, read_id
from deepspace_core.ledger.budget import BudgetScope, BudgetWindow
from deepspace_core.ledger.ports import TransactionFilter
from deepspace_core.ledger.transaction import TransactionType
from deepspace_http.application import LedgerUseCases
from deepspace_http.parameters import Caller, From, To, WantedPage, optional_id
from deepspace_http.schemas.budgets import BudgetBody, BudgetsBody, SetBudgetBody, read_budget_key, show_budget
from deepspace_http.schemas.ledger import (
    AdjustBody,
    HoldBody,
    MovedBody,
    RefundBody,
    TopUpBody,
    TransactionBody,
    WalletBody,
    show_hold,
    show_moved,
    show_transaction,
    show_wallet,
)
from deepspace_http.schemas.wire import PageBody, page_body, utc
from deepspace_http.trace import current_trace_id

Ledger: TypeAlias = NamedDependency[SkipValidation[LedgerUseCases]]
Filter: TypeAlias = NamedDependency[SkipValidation[TransactionFilter]]
WantedScope = Annotated[BudgetScope, QueryParameter(name="scope")]
"""Under another name inside, because Litestar keeps `scope` for ASGI's."""
Types = Annotated[list[TransactionType] | None, QueryParameter(name="type", description="May be given more than once.")]


def provide_transaction_filter(
    *,
    types: Types = None,
    hold_id: FromQuery[str | None] = None,
    trace_id: FromQuery[str | None] = None,
    since: From = None,
    until: To = None,
) -> TransactionFilter:
    """What lists of movements are narrowed by."""
    hold = optional_id("hold", hold_id, param="hold_id")
    return TransactionFilter(
        types=types,
        hold_id=None if hold is None else HoldId(hold),
        trace_id=None if trace_id is None else TraceId(trace_id),
        since=utc(since, param="from"),
        until=utc(until, param="to"),
    )


@get("/", summary="Show the wallet")
async def get_wallet(caller: Caller, ledger: Ledger) -> WalletBody:
    """Balance, what open holds have frozen, and what is left to spend."""
    return show_wallet(await ledger.get_wallet(principal=caller))


@get("/holds", summary="List holds")
async def list_holds(
    caller: Caller, ledger: Ledger, page: WantedPage, open_only: FromQuery[bool] = True
) -> PageBody[HoldBody]:
    """Live ones, or with `open_only=false` all of them."""
    return page_body(await ledger.list_holds(principal=caller, page=page, open_only=open_only), show_hold)


@get("/holds/{hold_id:str}", summary="Show a hold")
async def get_hold(caller: Caller, ledger: Ledger, hold_id: FromPath[str]) -> HoldBody:
    """One hold."""
    wanted = HoldId(read_id("hold", hold_id, param="hold_id"))
    return show_hold(await ledger.get_hold(principal=caller, hold_id=wanted))


@get("/budgets", summary="List budgets")
async def list_budgets(caller: Caller, ledger: Ledger) -> BudgetsBody:
    """Caps on spending, and how they stand in the period that is now."""
    return BudgetsBody(data=[show_budget(line) for line in await ledger.list_budgets(principal=caller)])


@put("/budgets", summary="Set a budget")
async def set_budget(caller: Caller, ledger: Ledger, data: JSONBody[SetBudgetBody]) -> BudgetBody:
    """Makes it, with what was spent before in this period, or changes the cap of the one with the same terms."""
    key = read_budget_key(data.scope, data.scope_id)
    line = await ledger.set_budget(principal=caller, key=key, window=data.window, cap_nanos=data.cap_nanos)
    return show_budget(line)


@delete("/budgets", summary="Remove a budget", status_code=204)
async def remove_budget(
    caller: Caller,
    ledger: Ledger,
    whose: WantedScope,
    scope_id: FromQuery[str],
    window: FromQuery[BudgetWindow],
) -> None:
    """Nothing that is held or captured changes."""
    await ledger.remove_budget(principal=caller, key=read_budget_key(whose, scope_id), window=window)


@get("/", summary="List movements")
async def list_transactions(
    caller: Caller, ledger: Ledger, page: WantedPage, where: Filter
) -> PageBody[TransactionBody]:
    """Every movement of the wallet, newest first."""
    return page_body(await ledger.list_transactions(principal=caller, page=page, where=where), show_transaction)


@get("/{org_id:str}", summary="Show an organization's wallet")
async def get_any_wallet(caller: Caller, ledger: Ledger, org_id: FromPath[str]) -> WalletBody:
    """Balance, frozen, spendable."""
    return show_wallet(await ledger.get_any_wallet(actor=caller, org_id=_org(org_id)))


@get("/{org_id:str}/transactions", summary="List an organization's movements")
async def list_any_transactions(
    caller: Caller, ledger: Ledger, org_id: FromPath[str], page: WantedPage, where: Filter
) -> PageBody[TransactionBody]:
    """Newest first."""
    found = await ledger.list_any_transactions(actor=caller, org_id=_org(org_id), page=page, where=where)
    return page_body(found, show_transaction)


@post("/{org_id:str}/top-ups", summary="Top up", status_code=200)
async def top_up(caller: Caller, ledger: Ledger, org_id: FromPath[str], data: JSONBody[TopUpBody]) -> MovedBody:
    """Books money that was paid in. The same ref again gives the first answer and books nothing."""
    outcome = await ledger.top_up_organization(
        actor=caller,
        org_id=_org(org_id),
        ref=data.ref,
        amount_nanos=data.amount_nanos,
        description=data.reason,
        trace_id=current_trace_id(),
    )
    return show_moved(outcome)


@post("/{org_id:str}/adjustments", summary="Adjust", status_code=200)
async def adjust(caller: Caller, ledger: Ledger, org_id: FromPath[str], data: JSONBody[AdjustBody]) -> MovedBody:
    """Corrects the wallet, up or down."""
    outcome = await ledger.adjust_organization(
        actor=caller,
        org_id=_org(org_id),
        ref=data.ref,
        amount_nanos=data.amount_nanos,
        reason=data.reason,
        trace_id=current_trace_id(),
    )
    return show_moved(outcome)


@post("/{org_id:str}/refunds", summary="Refund", status_code=200)
async def refund(caller: Caller, ledger: Ledger, org_id: FromPath[str], data: JSONBody[RefundBody]) -> MovedBody:
    """Gives back some or all of a capture."""
    outcome = await ledger.refund_organization(
        actor=caller,
        org_id=_org(org_id),
        ref=data.ref,
        capture_ref=data.capture_ref,
        amount_nanos=data.amount_nanos,
        reason=data.reason,
        trace_id=current_trace_id(),
    )
    return show_moved(outcome)


def _org(text: str) -> OrgId:
    return OrgId(read_id("org", text, param="org_id"))


FILTER = {"where": Provide(provide_transaction_filter, sync_to_thread=False)}

wallet_router = Router(
    "/wallet",
    route_handlers=[get_wallet, list_holds, get_hold, list_budgets, set_budget, remove_budget],
    tags=["Wallet"],
)
transactions_router = Router("/transactions", route_handlers=[list_transactions], dependencies=FILTER, tags=["Wallet"])
admin_wallets_router = Router(
    "/wallets",
    route_handlers=[get_any_wallet, list_any_transactions, top_up, adjust, refund],
    dependencies=FILTER,
    tags=["Admin: wallets"],
)
