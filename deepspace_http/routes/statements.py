"""What the books say of a time: balances as of any moment, statements of a month, and a hold that is only tried."""

from datetime import datetime
from typing import Annotated, NamedTuple, TypeAlias

from litestar import Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody, QueryParameter, SkipValidation

from deepspace_core.identity import Language
from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.ids import OrgId, read_id
from deepspace_core.ledger.statement import Statement
from deepspace_core.ledger.statement_text import as_csv, as_markdown
from deepspace_http.application import LedgerUseCases
from deepspace_http.parameters import Caller
from deepspace_http.schemas.statements import (
    BalanceBody,
    StatementBody,
    TriedBody,
    TryHoldBody,
    show_balance,
    show_statement,
    show_tried,
)
from deepspace_http.schemas.wire import utc

Ledger: TypeAlias = NamedDependency[SkipValidation[LedgerUseCases]]
At = Annotated[datetime | None, QueryParameter(name="at", description="When; ISO 8601 with its offset.")]
MonthText = Annotated[str, QueryParameter(name="month", description="The month, such as 2026-11.")]
TimeZone = Annotated[str, QueryParameter(name="time_zone", description="Whose month: an IANA name.")]


InLanguage = Annotated[
    Language, QueryParameter(name="language", description="Of headings, kinds and the default project's name.")
]


class Asked(NamedTuple):
    """Which month, of which time zone; by the names that the use cases have for them."""

    month: str
    time_zone: str


Month: TypeAlias = NamedDependency[SkipValidation[Asked]]


def provide_month(month: MonthText = "", time_zone: TimeZone = "UTC") -> Asked:
    """What a statement is asked for by; the use case says what is wrong with it."""
    return Asked(month, time_zone)


CSV = "text/csv"
MARKDOWN = "text/markdown"


@get("/balance", summary="Show the balance as of any time")
async def get_balance(caller: Caller, ledger: Ledger, at: At = None) -> BalanceBody:
    """The wallet after its last movement at or before `at`."""
    return show_balance(await ledger.get_balance(principal=caller, at=_moment(at)))


@get("/statement", summary="Show the statement of a month")
async def get_statement(caller: Caller, ledger: Ledger, asked: Month) -> StatementBody:
    """Opening, payments, calls by project and model, refunds and corrections, closing; to the nano."""
    return show_statement(await ledger.state_month(principal=caller, **asked._asdict()))


@get("/statement.csv", summary="Download the statement of a month as CSV", media_type=CSV)
async def get_statement_csv(caller: Caller, ledger: Ledger, asked: Month, language: InLanguage = "en") -> Response[str]:
    """For a spreadsheet: RFC 4180 with a heading; opening, all lines and closing add up."""
    return _csv(await ledger.state_month(principal=caller, **asked._asdict()), language)


@get("/statement.md", summary="Download the statement of a month as Markdown", media_type=MARKDOWN)
async def get_statement_markdown(
    caller: Caller, ledger: Ledger, asked: Month, language: InLanguage = "en"
) -> Response[str]:
    """A page to print."""
    return _markdown(await ledger.state_month(principal=caller, **asked._asdict()), language)


@post("/holds/try", summary="Ask whether a hold would be admitted", status_code=200)
async def try_hold(caller: Caller, ledger: Ledger, data: JSONBody[TryHoldBody]) -> TriedBody:
    """Whether wallet and every budget of this caller have room just now, and if not, what is missing. Holds nothing."""
    outcome = await ledger.try_hold(
        principal=caller, amount_nanos=data.amount_nanos, lifetime_seconds=data.lifetime_seconds
    )
    return show_tried(outcome, amount_nanos=data.amount_nanos)


@get("/{org_id:str}/balance", summary="Show an organization's balance as of any time")
async def get_any_balance(caller: Caller, ledger: Ledger, org_id: FromPath[str], at: At = None) -> BalanceBody:
    """The wallet after its last movement at or before `at`."""
    return show_balance(await ledger.get_any_balance(actor=caller, org_id=_org(org_id), at=_moment(at)))


@get("/{org_id:str}/statement", summary="Show an organization's statement of a month")
async def get_any_statement(caller: Caller, ledger: Ledger, org_id: FromPath[str], asked: Month) -> StatementBody:
    """Opening, payments, calls by project and model, refunds and corrections, closing; to the nano."""
    return show_statement(await _any(caller, ledger, org_id, asked))


@get("/{org_id:str}/statement.csv", summary="Download an organization's statement as CSV", media_type=CSV)
async def get_any_statement_csv(
    *, caller: Caller, ledger: Ledger, org_id: FromPath[str], asked: Month, language: InLanguage = "en"
) -> Response[str]:
    """For a spreadsheet: RFC 4180 with a heading."""
    return _csv(await _any(caller, ledger, org_id, asked), language)


@get("/{org_id:str}/statement.md", summary="Download an organization's statement as Markdown", media_type=MARKDOWN)
async def get_any_statement_markdown(
    *, caller: Caller, ledger: Ledger, org_id: FromPath[str], asked: Month, language: InLanguage = "en"
) -> Response[str]:
    """A page to print."""
    return _markdown(await _any(caller, ledger, org_id, asked), language)


async def _any(caller: Caller, ledger: Ledger, org_id: str, asked: Asked) -> Statement:
    return await ledger.state_any_month(actor=caller, org_id=_org(org_id), **asked._asdict())


def _org(text: str) -> OrgId:
    return OrgId(read_id("org", text, param="org_id"))


def _moment(at: datetime | None) -> datetime:
    moment = utc(at, param="at")
    if moment is None:
        raise InvalidInput("at is missing: a time with its offset, such as 2026-10-31T23:59:59Z", param="at")
    return moment


def _csv(made: Statement, language: Language) -> Response[str]:
    return _file(as_csv(made, language), CSV, f"statement-{made.month.text}.csv")


def _markdown(made: Statement, language: Language) -> Response[str]:
    return _file(as_markdown(made, language), MARKDOWN, f"statement-{made.month.text}.md")


def _file(text: str, media_type: str, name: str) -> Response[str]:
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "private, no-store"}
    return Response(text, media_type=media_type, headers=headers)


MONTH = {"asked": Provide(provide_month, sync_to_thread=False)}

books_router = Router(
    "/wallet",
    route_handlers=[get_balance, get_statement, get_statement_csv, get_statement_markdown, try_hold],
    dependencies=MONTH,
    tags=["Wallet"],
)
admin_books_router = Router(
    "/wallets",
    route_handlers=[get_any_balance, get_any_statement, get_any_statement_csv, get_any_statement_markdown],
    dependencies=MONTH,
    tags=["Admin: wallets"],
)
