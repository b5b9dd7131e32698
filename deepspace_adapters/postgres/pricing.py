"""Rate cards in PostgreSQL. The table refuses updates and deletes; the repository offers none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.errors import UniqueViolation
from psycopg.rows import kwargs_row
from psycopg.types.json import Jsonb

from deepspace_adapters.postgres import sql
from deepspace_adapters.postgres.unit_of_work import connection_of
from deepspace_core.kernel.ids import ModelId, PriceId, show_id
from deepspace_core.kernel.page import Page, PageRequest, page_of
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.pricing import (
    PriceChangedMeanwhile,
    PriceNotFound,
    RateCard,
    read_tiers,
    read_unit_rates,
    show_tiers,
    show_unit_rates,
)


@dataclass(frozen=True, slots=True)
class _Statements:
    add_card: sql.Statement
    get_card: sql.Statement
    find_effective_card: sql.Statement
    effective_cards: sql.Statement
    find_latest_version: sql.Statement
    list_cards: sql.Statement


SQL = sql.load(__file__, _Statements)


class PostgresPrices:
    """The `PriceRepository` port."""

    async def add_card(self, tx: Transaction, card: RateCard) -> None:
        values = {
            "id": card.id,
            "model_id": card.model_id,
            "version": card.version,
            "effective_at": card.effective_at,
            "currency": card.currency,
            "per_request_picos": card.per_request_picos,
            "tiers": Jsonb(show_tiers(card.tiers)),
            "unit_picos": Jsonb(show_unit_rates(card.unit_picos)),
        }
        try:
            await connection_of(tx).execute(SQL.add_card, values)
        except UniqueViolation as fault:
            raise PriceChangedMeanwhile(
                f"the model has a price of version {card.version} already; look at it and set yours again",
                param="version",
            ) from fault

    async def get_card(self, tx: Transaction, price_id: PriceId) -> RateCard:
        rows = await _cards(tx, SQL.get_card, {"id": price_id})
        if not rows:
            raise PriceNotFound(f"there is no price {show_id('price', price_id)}", param="price_id")
        return rows[0]

    async def find_effective_card(self, tx: Transaction, model_id: ModelId, at: datetime) -> RateCard | None:
        rows = await _cards(tx, SQL.find_effective_card, {"model_id": model_id, "at": at})
        return rows[0] if rows else None

    async def effective_cards(
        self, tx: Transaction, model_ids: Sequence[ModelId], at: datetime
    ) -> dict[ModelId, RateCard]:
        rows = await _cards(tx, SQL.effective_cards, {"model_ids": list(model_ids), "at": at})
        return {card.model_id: card for card in rows}

    async def find_latest_version(self, tx: Transaction, model_id: ModelId) -> int | None:
        cursor = await connection_of(tx).execute(SQL.find_latest_version, {"model_id": model_id})
        row = await cursor.fetchone()
        return None if row is None else row[0]

    async def list_cards(
        self, tx: Transaction, page: PageRequest, *, model_id: ModelId | None = None
    ) -> Page[RateCard]:
        values = {"model_id": model_id, "after": page.after, "limit": page.limit}
        rows = await _cards(tx, SQL.list_cards, values)
        return page_of(rows, [card.id for card in rows], limit=page.limit)


async def _cards(tx: Transaction, statement: sql.Statement, values: Mapping[str, object]) -> list[RateCard]:
    async with connection_of(tx).cursor(row_factory=kwargs_row(_card)) as cursor:
        await cursor.execute(statement, values)
        return await cursor.fetchall()


def _card(
    *,
    id: UUID,  # noqa: A002 - the column's name
    model_id: UUID,
    version: int,
    effective_at: datetime,
    currency: str,
    per_request_picos: int,
    tiers: Sequence[Mapping[str, object]],
    unit_picos: Mapping[str, int],
) -> RateCard:
    return RateCard(
        id=PriceId(id),
        model_id=ModelId(model_id),
        version=version,
        effective_at=effective_at,
        currency=currency,
        tiers=read_tiers(tiers),
        per_request_picos=per_request_picos,
        unit_picos=read_unit_rates(unit_picos),
    )
