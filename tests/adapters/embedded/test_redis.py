"""The embedded Redis: a real server each time."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from deepspace_adapters.embedded.errors import AlreadyRunning, EmbeddedFailure
from deepspace_adapters.embedded.redis import EmbeddedRedis, free_port


@pytest.fixture
def server(data_dir: Path) -> Iterator[EmbeddedRedis]:
    made = EmbeddedRedis(data_dir)
    yield made
    made.stop()


def test_what_it_holds_is_there_after_a_restart(server: EmbeddedRedis, data_dir: Path) -> None:
    with redis.Redis.from_url(server.start()) as client:
        client.set("kept", "yes")
    server.stop()
    other = EmbeddedRedis(data_dir)
    try:
        with redis.Redis.from_url(other.start()) as client:
            assert client.get("kept") == b"yes"
    finally:
        other.stop()


def test_it_starts_again_at_the_same_address_after_kill_9(server: EmbeddedRedis) -> None:
    url = server.start()
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    assert server.start() == url
    with redis.Redis.from_url(url) as client:
        assert client.ping()


def test_nobody_gets_in_without_the_password(server: EmbeddedRedis) -> None:
    address = server.start().split("@")[1]
    with redis.Redis.from_url(f"redis://{address}") as client, pytest.raises(redis.AuthenticationError):
        client.ping()


def test_the_password_stands_neither_in_arguments_nor_in_files(server: EmbeddedRedis, data_dir: Path) -> None:
    password = server.start().split("@")[0].removeprefix("redis://:")
    assert password.encode() not in Path(f"/proc/{server.pid}/cmdline").read_bytes()
    assert not [path for path in data_dir.rglob("*") if path.is_file() and password.encode() in path.read_bytes()]


def test_a_second_server_over_the_same_directory_is_refused(
    server: EmbeddedRedis, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deepspace_adapters.embedded.redis.LOCK_TIMEOUT_SECONDS", 0)
    server.start()
    with pytest.raises(AlreadyRunning):
        EmbeddedRedis(data_dir).start()


def test_a_port_that_was_taken_in_between_costs_another_try(
    server: EmbeddedRedis, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = int(server.start().rsplit(":", 1)[1].removesuffix("/0"))
    ports = iter([taken, free_port()])
    monkeypatch.setattr("deepspace_adapters.embedded.redis.free_port", lambda: next(ports))
    other = EmbeddedRedis(data_dir / "other")
    try:
        assert str(taken) not in other.start()
    finally:
        other.stop()


def test_data_that_cannot_be_read_shows_the_end_of_the_log(server: EmbeddedRedis, data_dir: Path) -> None:
    server.start()
    server.stop()
    (data_dir / "redis" / "appendonly.aof").write_bytes(b"*1\r\nnonsense\r\n" * 10)
    with pytest.raises(EmbeddedFailure, match="Bad file format"):
        server.start()
