"""The settings that every connection of ours runs under."""

from deepspace_adapters.postgres.pool import make_pool


async def test_neither_a_long_statement_nor_a_server_that_vanished_is_waited_for_without_end(database_url: str) -> None:
    async with make_pool(database_url) as pool, pool.connection() as connection:
        mine = connection.info.get_parameters()
        assert int(mine["tcp_user_timeout"]) <= 30_000
        assert int(mine["keepalives_idle"]) + int(mine["keepalives_interval"]) * int(mine["keepalives_count"]) <= 30
        for name in ("statement_timeout", "idle_in_transaction_session_timeout"):
            shown = await connection.execute("SELECT current_setting(%s)", [name])
            assert await shown.fetchone() not in {None, ("0",)}
