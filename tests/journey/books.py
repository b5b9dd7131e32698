"""What the ledger says of a call, and whether that is what prices and tokens make of it."""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

import httpx

from tests.journey.stack import Json, Stack
from tests.journey.waiting import SETTLED_SECONDS, eventually

TOKENS_PER_PRICE = 1_000_000
NANOS_PER_DOLLAR = 1_000_000_000
ROWS_MAX = 200
SETTLEMENTS = {"capture", "release", "expire"}


@dataclass(frozen=True)
class Bill:
    """A settled call: its hold, what became of it, and its usage record when it was metered."""

    hold: Json
    settlement: Json
    usage: Json | None

    @property
    def cost_nanos(self) -> int:
        """What was taken."""
        return int(self.settlement["amount_nanos"]) if self.settlement["type"] == "capture" else 0


@dataclass(frozen=True)
class Books:
    """The books of one organization, read over HTTP with a credential of it."""

    stack: Stack
    http: httpx.Client

    def wallet(self) -> Json:
        return self._get("/api/v1/wallet")

    def movements(self, trace_id: str) -> list[Json]:
        """Of one call, oldest first."""
        rows: list[Json] = self._get("/api/v1/transactions", trace_id=trace_id)["data"]
        return rows[::-1]

    def movements_after(self, version: int) -> list[Json]:
        """What happened in the wallet since it had that version, newest first."""
        rows: list[Json] = self._get("/api/v1/transactions", limit=str(ROWS_MAX))["data"]
        since = [row for row in rows if row["seq"] > version]
        assert len(since) < ROWS_MAX, "more than a page: the sum would be short"
        return since

    def usage(self, trace_id: str) -> list[Json]:
        rows: list[Json] = self._get("/api/v1/usage/records", trace_id=trace_id)["data"]
        return rows

    def bill(self, trace_id: str) -> Bill:
        """Waits until the call is settled, and holds its movements to the rules of every call."""
        rows = eventually(lambda: self._settled(trace_id), what=f"the settlement of {trace_id}")
        assert [row["type"] for row in rows[:1]] == ["hold"], rows
        assert len(rows) == 2, f"a call is held once and settled once: {rows}"
        hold, settlement = rows
        assert hold["frozen_delta_nanos"] == hold["amount_nanos"] > 0
        assert hold["balance_delta_nanos"] == 0
        assert settlement["frozen_delta_nanos"] == -hold["amount_nanos"], "all of the hold is freed by its settlement"
        records = self.usage(trace_id)
        if settlement["type"] != "capture":
            assert settlement["balance_delta_nanos"] == 0
            assert records == []
            return Bill(hold, settlement, None)
        assert settlement["amount_nanos"] + settlement["released_nanos"] == hold["amount_nanos"]
        assert settlement["balance_delta_nanos"] == -settlement["amount_nanos"]
        assert len(records) == 1, f"a captured call has one usage record: {records}"
        assert records[0]["cost_nanos"] == settlement["amount_nanos"]
        assert records[0]["capture_ref"] == settlement["ref"]
        return Bill(hold, settlement, records[0])

    def nothing_stays_frozen(self, *, seconds: float = SETTLED_SECONDS) -> None:
        """No hold is left, or will be when every call is settled: settling follows an answer by a moment."""
        eventually(self._nothing_frozen, seconds=seconds, what="the settlement of every call")

    def price_of(self, model: str) -> tuple[Decimal, Decimal]:
        """Dollars per million tokens, in and out, as the price list shows them."""
        rows = self._get("/api/v1/models")["data"]
        price = next(row["price"] for row in rows if row["name"] == model)
        rates = price["tiers"][0]["rates_per_million"]
        return Decimal(rates["input_uncached"]), Decimal(rates["output_text"])

    def cost_of(self, model: str, *, tokens_in: int, tokens_out: int) -> int:
        """Prices times tokens in nano-dollars, rounded once, half to even."""
        rate_in, rate_out = self.price_of(model)
        dollars = (rate_in * tokens_in + rate_out * tokens_out) / TOKENS_PER_PRICE
        return int((dollars * NANOS_PER_DOLLAR).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))

    def _nothing_frozen(self) -> bool:
        """Whether no hold is left, in the wallet and in the list of holds."""
        open_holds = self._get("/api/v1/wallet/holds", open_only="true")["data"]
        frozen_nanos: int = self.wallet()["frozen_nanos"]
        return frozen_nanos == 0 and not open_holds

    def _settled(self, trace_id: str) -> list[Json] | None:
        rows = self.movements(trace_id)
        return rows if any(row["type"] in SETTLEMENTS for row in rows) else None

    def _get(self, path: str, **parameters: str) -> Json:
        answer = self.http.get(path, params=parameters)
        assert answer.status_code == 200, answer.text
        body: Json = answer.json()
        return body


def assert_books_are_sound(stack: Stack) -> Json:
    """`deepspace ledger audit` finds nothing, and the accounts sum to zero. Gives its report."""
    report = stack.read("ledger", "audit")
    assert report["sound"] is True
    assert report["findings"] == []
    assert sum(line["balance_nanos"] for line in report["trial_balance"]) == 0
    return report


def nanos(cost: float) -> int:
    """The `usage.cost` of an answer, a JSON number of dollars, in nano-dollars."""
    exact = Decimal(str(cost)) * NANOS_PER_DOLLAR
    assert exact == int(exact), f"{cost} is no whole number of nano-dollars"
    return int(exact)
