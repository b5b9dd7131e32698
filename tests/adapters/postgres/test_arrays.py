"""Array literals say to PostgreSQL exactly what the values are."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from deepspace_adapters.postgres.arrays import array_of, columns_of, documents_of
from deepspace_adapters.postgres.pool import Pool
from deepspace_core.ledger import TransactionType

AWKWARD_TEXTS = [
    "",
    " ",
    "NULL",
    "null",
    'a "quoted" text',
    "back\\slash",
    "comma, {brace}",
    "line\nend\ttab",
    "金",
    "'",
]
TIMES = [datetime(2026, 2, 28, 23, 59, 59, 999_999, UTC), datetime(1969, 12, 31, tzinfo=UTC)]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (b"text", [*AWKWARD_TEXTS, None]),
        (b"text", AWKWARD_TEXTS),
        *[(b"text", ["plain", text]) for text in AWKWARD_TEXTS],
        (b"bigint", [7, -1, 2**63 - 1, -(2**63)]),
        (b"bigint", [5, 6, 5]),
        (b"boolean", [True, False, False]),
        (b"uuid", [UUID(int=0), UUID(int=2**128 - 1), UUID(int=15)]),
        (b"timestamptz", TIMES),
        (b"bigint", [0, -1, 2**63 - 1, -(2**63), None]),
        (b"boolean", [True, False, None]),
        (b"uuid", [UUID(int=0), UUID(int=2**128 - 1), None]),
        (b"timestamptz", [*TIMES, None]),
        (b"text", []),
        (b"uuid", [None, None]),
    ],
)
async def test_a_literal_comes_back_as_the_values_it_was_made_of(pool: Pool, kind: bytes, values: list[object]) -> None:
    async with pool.connection() as connection:
        cursor = await connection.execute(b"SELECT %s::" + kind + b"[]", [array_of(values)])
        assert await cursor.fetchone() == (values,)


def test_an_enum_of_text_is_written_as_its_value() -> None:
    assert array_of([TransactionType.TOP_UP]) == '{"top_up"}'


@pytest.mark.parametrize("value", [1.5, b"bytes", ["nested"], {"a": 1}])
def test_what_can_not_be_written_exactly_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match=type(value).__name__):
        array_of([value])


def test_rows_become_one_literal_a_column() -> None:
    columns = columns_of(("a", "b", "count"), [(1, "x"), (2, None)], b"2")
    assert columns == {"a": "{1,2}", "b": '{"x",null}', "count": "2"}
    with pytest.raises(KeyError, match="c"):
        columns["c"]


ROWS: list[tuple[object, ...]] = [
    *[(text, number, number % 2 == 0, UUID(int=number)) for number, text in enumerate(AWKWARD_TEXTS)],
    ('like],["an end', 1, True, None),
    (None, None, None, UUID(int=2**128 - 1)),
]


@pytest.mark.parametrize("rows", [ROWS, ROWS[:1], ROWS[:2], *[[row] for row in ROWS], *[[row, row] for row in ROWS]])
async def test_rows_come_back_as_they_went(pool: Pool, rows: list[tuple[object, ...]]) -> None:
    statement = b"SELECT * FROM unnest(%(a)s::text[], %(b)s::bigint[], %(c)s::boolean[], %(d)s::uuid[])"
    async with pool.connection() as connection:
        cursor = await connection.execute(statement, columns_of(("a", "b", "c", "d"), rows))
        assert await cursor.fetchall() == rows


def test_rows_of_unlike_lengths_and_what_can_not_be_written_exactly_are_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        columns_of(("a", "b"), [(1, "x"), (2,)])
    with pytest.raises(ValueError, match="3 literals for 2 columns"):
        columns_of(("a", "b"), [(1, "x", 3)])
    with pytest.raises(TypeError, match="float"):
        columns_of(("a", "b"), [(1, "x"), (2, 1.5)])


@pytest.mark.parametrize("count", [1, 3])
async def test_documents_come_back_as_the_objects_they_were_made_of(pool: Pool, count: int) -> None:
    told = {"awkward": AWKWARD_TEXTS, "letters": "".join(map(chr, range(1, 0x300))), "none": None, "number": -1}
    async with pool.connection() as connection:
        cursor = await connection.execute(b"SELECT (%s::text[])::jsonb[]", [documents_of([told] * count).decode()])
        assert await cursor.fetchone() == ([told] * count,)


async def test_texts_that_need_escapes_may_stand_beside_nulls_and_a_nul_beside_nothing(pool: Pool) -> None:
    values = ['a "quoted" text', None, "back\\slash", "line\nend"]
    async with pool.connection() as connection:
        cursor = await connection.execute(b"SELECT %s::text[]", [array_of(values)])
        assert await cursor.fetchone() == (values,)
    assert array_of(['a "b"', "c\0d"]) == '{"a \\"b\\"","c\0d"}'
