"""Wallets, movements and holds; and what administrators do to wallets."""

from typing import Annotated, TypeAlias

from litestar import Router, delete, get, post, put
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter, SkipValidation

from deepspace_adapters.reasons import because
from deepspace_core.kernel.ids import HoldId, OrgId, TraceId, read_id
from deepspace_core.ledger.budget import BudgetScope, BudgetWindow
from deepspace_core.ledger.ports import TransactionFilter, WalletFilter, WalletSort
from deepspace_core.ledger.transaction import TransactionType
from deepspace_http.application import LedgerUseCases
from deepspace_http.oversight import Acting, Oversight, provide_acting
from deepspace_http.parameters import Caller, From, To, WantedPage, Why, optional_id, optional_org
from deepspace_http.schemas.budgets import (
    BudgetBody,
    BudgetsBody,
    OrgBudgetsBody,
    SetBudgetBody,
    read_budget_key,
    show_budget,
    show_org_budget,
)
from deepspace_http.schemas.ledger import (
    AdjustBody,
    HoldBody,
    MovedBody,
    OrgWalletBody,
    RefundBody,
    TopUpBody,
    TransactionBody,
    TransactionTotalsBody,
    WalletBody,
    WalletTotalsBody,
    show_hold,
    show_moved,
    show_org_wallet,
    show_transaction,
    show_transaction_total,
    show_wallet,
    show_wallet_total,
)
from deepspace_http.schemas.wire import PageBody, page_body, utc
from deepspace_http.trace import current_trace_id

Ledger: TypeAlias = NamedDependency[SkipValidation[LedgerUseCases]]
WantedWallets: TypeAlias = NamedDependency[SkipValidation[WalletFilter]]
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
    ref: FromQuery[str | None] = None,
) -> TransactionFilter:
    """What lists of movements are narrowed by."""
    hold = optional_id("hold", hold_id, param="hold_id")
    return TransactionFilter(
        types=types,
        hold_id=None if hold is None else HoldId(hold),
        trace_id=None if trace_id is None else TraceId(trace_id),
        since=utc(since, param="from"),
        until=utc(until, param="to"),
        ref=ref,
    )


def provide_wallet_filter(
    *,
    search: FromQuery[str | None] = None,
    currency: FromQuery[str | None] = None,
    is_owing: FromQuery[bool | None] = None,
    available_below_nanos: FromQuery[int | None] = None,
) -> WalletFilter:
    """What lists of wallets are narrowed by; `search` is a part of the organization's name."""
    return WalletFilter(
        search=search, currency=currency, is_owing=is_owing, available_below_nanos=available_below_nanos
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
    """With their caps, and how they stand in the period that is now."""
    return BudgetsBody(data=[show_budget(line) for line in await ledger.list_budgets(principal=caller)])


@put("/budgets", summary="Set a budget")
async def set_budget(caller: Caller, ledger: Ledger, data: JSONBody[SetBudgetBody]) -> BudgetBody:
    """Makes it, with what was spent before in this period, or changes the cap of the one with the same terms."""
    key = read_budget_key(data.scope, data.scope_id)
    line = await ledger.set_budget(principal=caller, key=key, window=data.window, cap_nanos=data.cap_nanos)
    return show_budget(line)


@delete("/budgets", summary="Remove a budget", status_code=204)
async def remove_budget(
    *,
    caller: Caller,
    ledger: Ledger,
    whose: WantedScope,
    scope_id: FromQuery[str],
    window: FromQuery[BudgetWindow],
    reason: Why = None,
) -> None:
    """Nothing that is held or captured changes."""
    with because(reason):
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


@get("/", summary="List wallets")
async def list_wallets(
    caller: Caller,
    oversight: Oversight,
    page: WantedPage,
    wallet_filter: WantedWallets,
    sort: FromQuery[WalletSort] = WalletSort.NEWEST,
) -> PageBody[OrgWalletBody]:
    """Of every organization. In an order by amounts, a page begins where the last row of the one before stands now."""
    found = await oversight.list_wallets(actor=caller, page=page, where=wallet_filter, sort=sort)
    return page_body(found, show_org_wallet)


@get("/totals", summary="Total wallets")
async def total_wallets(caller: Caller, oversight: Oversight, wallet_filter: WantedWallets) -> WalletTotalsBody:
    """Computed over all wallets that match, never over a page of them."""
    totals = await oversight.total_wallets(actor=caller, where=wallet_filter)
    return WalletTotalsBody(totals=[show_wallet_total(one) for one in totals])


@get("/{org_id:str}/holds", summary="List an organization's holds")
async def list_any_holds(
    acting: Acting, ledger: Ledger, page: WantedPage, open_only: FromQuery[bool] = True
) -> PageBody[HoldBody]:
    """Live ones, or with `open_only=false` all of them."""
    return page_body(await ledger.list_holds(principal=acting, page=page, open_only=open_only), show_hold)


@get("/", summary="List movements of everybody")
async def list_all_transactions(
    caller: Caller, oversight: Oversight, page: WantedPage, where: Filter, org_id: FromQuery[str | None] = None
) -> PageBody[TransactionBody]:
    """Of one organization, or of all, newest first."""
    found = await oversight.list_all_transactions(actor=caller, org_id=optional_org(org_id), page=page, where=where)
    return page_body(found, show_transaction)


@get("/totals", summary="Total movements of everybody")
async def total_all_transactions(
    caller: Caller, oversight: Oversight, where: Filter, org_id: FromQuery[str | None] = None
) -> TransactionTotalsBody:
    """By currency and kind, computed over all rows that match, never over a page of them."""
    totals = await oversight.total_transactions(actor=caller, org_id=optional_org(org_id), where=where)
    return TransactionTotalsBody(totals=[show_transaction_total(one) for one in totals])


@get("/", summary="List budgets of everybody")
async def list_all_budgets(
    caller: Caller, oversight: Oversight, org_id: FromQuery[str | None] = None
) -> OrgBudgetsBody:
    """Of one organization, or of all; those with the least left first, a thousand at most."""
    found = await oversight.list_all_budgets(actor=caller, org_id=optional_org(org_id))
    return OrgBudgetsBody(data=[show_org_budget(one) for one in found])


@put("/", summary="Set an organization's budget")
async def set_any_budget(acting: Acting, ledger: Ledger, data: JSONBody[SetBudgetBody]) -> BudgetBody:
    """Makes it, with what was spent before in this period, or changes the cap of the one with the same terms."""
    key = read_budget_key(data.scope, data.scope_id)
    line = await ledger.set_budget(principal=acting, key=key, window=data.window, cap_nanos=data.cap_nanos)
    return show_budget(line)


@delete("/", summary="Remove an organization's budget", status_code=204)
async def remove_any_budget(
    *,
    acting: Acting,
    ledger: Ledger,
    whose: WantedScope,
    scope_id: FromQuery[str],
    window: FromQuery[BudgetWindow],
    reason: Why = None,
) -> None:
    """Nothing that is held or captured changes."""
    with because(reason):
        await ledger.remove_budget(principal=acting, key=read_budget_key(whose, scope_id), window=window)


def _org(text: str) -> OrgId:
    return OrgId(read_id("org", text, param="org_id"))


ACTING = {"acting": Provide(provide_acting)}
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
admin_wallet_list_router = Router(
    "/wallets",
    route_handlers=[list_wallets, total_wallets],
    dependencies={"wallet_filter": Provide(provide_wallet_filter, sync_to_thread=False)},
    tags=["Admin: wallets"],
)
admin_holds_router = Router("/wallets", route_handlers=[list_any_holds], dependencies=ACTING, tags=["Admin: wallets"])
admin_transactions_router = Router(
    "/transactions",
    route_handlers=[list_all_transactions, total_all_transactions],
    dependencies=FILTER,
    tags=["Admin: wallets"],
)
admin_budgets_router = Router("/budgets", route_handlers=[list_all_budgets], tags=["Admin: policy"])
admin_org_budgets_router = Router(
    "/orgs/{org_id:str}/budgets",
    route_handlers=[set_any_budget, remove_any_budget],
    dependencies=ACTING,
    tags=["Admin: policy"],
)
