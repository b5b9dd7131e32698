"""A gateway on real PostgreSQL, Redis and sockets, before an upstream that does as it is told.

Each test has an installation of its own. A model is made when a test asks for its script first.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx
import pytest
import uvicorn

from deepspace_adapters.cli.application import Application
from deepspace_adapters.composition import compose
from deepspace_adapters.container import Adapters
from deepspace_adapters.lifetime import open_adapters
from deepspace_adapters.setting_values import Secret as SecretText
from deepspace_adapters.settings import Settings
from deepspace_core.audit import TraceEntry, TraceNotFound
from deepspace_core.catalogue import ModelKind
from deepspace_core.identity import Permission, Principal, Secret, SystemActor
from deepspace_core.kernel.ids import HoldId, TraceId
from deepspace_core.kernel.page import PageRequest
from deepspace_core.ledger import HoldAccount, LedgerTransaction, Wallet
from deepspace_core.pipeline import read_passed_routes
from deepspace_core.pricing import Leaf, Tier, Unit
from deepspace_core.usage import UsageFilters, UsageRecord
from deepspace_http.call_traces import call_traces
from deepspace_http.lifespan import make_app
from tests.scripted_upstream import ScriptedUpstream, running_upstream

ACTOR = SystemActor("test")
INPUT_PICOS, OUTPUT_PICOS = 150_000, 600_000
ABSENT = "absent"
"""The name of a model that is never made."""
BODY_BYTES_MAX = 64 * 1024
UPLOAD_BYTES_MAX = 2 * 1024 * 1024


@dataclass
class GatewayWorld:
    """The running gateway, its adapters, and who calls it."""

    url: str
    adapters: Adapters
    app: Application
    principal: Principal
    upstream: ScriptedUpstream
    client: httpx.AsyncClient
    models: set[str] = field(default_factory=lambda: {ABSENT})

    async def model(
        self,
        name: str,
        *,
        units: Mapping[Unit, int] | None = None,
        upstream_name: str | None = None,
        per_request_picos: int = 0,
    ) -> str:
        """Makes the model of that script, priced, when it is asked for first. It serves every kind of call."""
        if name in self.models:
            return name
        self.models.add(name)
        trace_id = self.app.ids.trace_id()
        model = await self.app.create_model(
            actor=ACTOR,
            trace_id=trace_id,
            name=name,
            upstream_name=upstream_name or name,
            kinds=frozenset(ModelKind),
            context_tokens=4_096,
            output_tokens_max=1_024,
        )
        tier = Tier(0, {Leaf.INPUT_UNCACHED: INPUT_PICOS, Leaf.OUTPUT_TEXT: OUTPUT_PICOS})
        await self.app.set_price(
            actor=ACTOR,
            trace_id=trace_id,
            model_id=model.id,
            currency="USD",
            tiers=[tier],
            unit_picos=units,
            per_request_picos=per_request_picos,
        )
        return name

    async def key(
        self,
        *,
        scopes: Sequence[Permission] = (Permission.USE_MODELS,),
        models: Sequence[str] | None = None,
        expires_at: datetime | None = None,
    ) -> str:
        made = await self.app.create_api_key(
            principal=self.principal,
            name="test",
            trace_id=self.app.ids.trace_id(),
            scopes=scopes,
            model_allow_list=models,
            expires_at=expires_at,
        )
        return made.secret.reveal()

    async def top_up(self, amount_nanos: int) -> None:
        await self.app.top_up_wallet(
            org_id=self.principal.org_id,
            wallet_id=self.principal.wallet_id,
            ref=f"test:{self.app.ids.uuid()}",
            amount_nanos=amount_nanos,
            actor=ACTOR.actor,
            trace_id=self.app.ids.trace_id(),
        )

    async def call(self, model: str, *, key: str, stream: bool = False, **more: Any) -> httpx.Response:
        body = {
            "model": await self.model(model),
            "messages": [{"role": "user", "content": "hello"}],
            "stream": stream,
            **more,
        }
        return await self.client.post("/chat/completions", json=body, headers={"authorization": f"Bearer {key}"})

    async def post(self, path: str, body: Mapping[str, Any], *, key: str) -> httpx.Response:
        return await self.client.post(path, json=body, headers={"authorization": f"Bearer {key}"})

    async def wallet(self) -> Wallet:
        async with self.adapters.unit_of_work()() as tx:
            found = await self.adapters.ledger_reader().find_wallet_of_org(tx, org_id=self.principal.org_id)
        assert found is not None
        return found

    async def rows(self, trace_id: str) -> Sequence[LedgerTransaction]:
        async with self.adapters.unit_of_work()() as tx:
            found: Sequence[LedgerTransaction] = await self.adapters.ledger_reader().transactions_of_trace(
                tx, org_id=self.principal.org_id, trace_id=TraceId(trace_id)
            )
        return found

    async def hold(self, hold_id: HoldId) -> HoldAccount:
        async with self.adapters.unit_of_work()() as tx:
            found: HoldAccount = await self.adapters.ledger_reader().get_hold(
                tx, org_id=self.principal.org_id, hold_id=hold_id
            )
        return found

    async def settled(self) -> Wallet:
        """The wallet once nothing is frozen any more; settling follows the answer by a moment."""
        for _ in range(200):
            wallet = await self.wallet()
            if wallet.frozen_nanos == 0:
                return wallet
            await asyncio.sleep(0.02)
        raise AssertionError("something stays frozen")

    async def usage(self, trace_id: str) -> UsageRecord:
        """The record of a call, once there is one: it is stored with the capture, behind the answer by a moment."""
        page, filters = PageRequest(limit=10), UsageFilters(trace_id=TraceId(trace_id))
        for _ in range(200):
            async with self.adapters.unit_of_work()() as tx:
                found = await self.adapters.usage().list_records(tx, self.principal.org_id, page, filters)
            if found.rows:
                record: UsageRecord
                [record] = found.rows
                return record
            await asyncio.sleep(0.02)
        raise AssertionError(f"no usage record tells of {trace_id}")

    async def story(self, trace_id: str) -> Sequence[TraceEntry]:
        """What is known of a trace, once something is; request logs are stored behind the requests."""
        for _ in range(100):
            with contextlib.suppress(TraceNotFound):
                return (await self.app.tell_any_trace(actor=ACTOR, trace_id=trace_id)).entries
            await asyncio.sleep(0.05)
        raise AssertionError(f"nothing is known of {trace_id}")


@pytest.fixture
async def gateway(database_url: str, clean_redis_url: str) -> AsyncIterator[GatewayWorld]:
    async with running_gateway(database_url, clean_redis_url) as world:
        yield world


@contextlib.asynccontextmanager
async def running_gateway(database_url: str, redis_url: str, **more: Any) -> AsyncIterator[GatewayWorld]:
    """A gateway on those servers, with an administrator, money and the model `ok`; `more` are settings."""
    async with contextlib.AsyncExitStack() as opened:
        upstream = await opened.enter_async_context(running_upstream())
        usual: dict[str, Any] = {
            "database_url": SecretText(database_url),
            "redis_url": SecretText(redis_url),
            "newapi_base_url": upstream.url,
            "newapi_api_key": SecretText("sk-upstream-secret"),
            "body_bytes_max": BODY_BYTES_MAX,
            "upload_bytes_max": UPLOAD_BYTES_MAX,
            "passthrough": read_passed_routes("GET things/*, POST things, DELETE things/**=dear-things"),
            "upstream_first_byte_timeout_seconds": 1.0,
            "upstream_idle_timeout_seconds": 1.0,
            "hold_lifetime_seconds": 60,
            "drain_seconds": 5.0,
        }
        settings = Settings(**usual | more)
        adapters = await opened.enter_async_context(open_adapters(settings, application="test-gateway"))
        adapters.request_logs().start()
        opened.push_async_callback(adapters.request_logs().close)
        app = compose(adapters, Application)
        principal = await _furnished(app)
        tell_call = opened.enter_context(call_traces(settings))
        url = await opened.enter_async_context(_serving(make_app(adapters, settings, tell_call)))
        client = await opened.enter_async_context(httpx.AsyncClient(base_url=f"{url}/v1", timeout=20))
        world = GatewayWorld(url, adapters, app, principal, upstream, client)
        await world.top_up(1_000_000_000)
        await world.model("ok")
        yield world


@contextlib.asynccontextmanager
async def another_gateway(world: GatewayWorld) -> AsyncIterator[str]:
    """A second process, as far as it goes: pools, clients and memory of its own, on the same servers. Its address."""
    async with open_adapters(world.adapters.settings(), application="test-gateway-2") as adapters:
        async with _serving(make_app(adapters, world.adapters.settings())) as url:
            yield url
        await adapters.tasks().drain(5)
        await adapters.event_streams().close(2)


async def _furnished(app: Application) -> Principal:
    trace_id = app.ids.trace_id()
    user = await app.ensure_administrator(
        email="admin@example.com", password=Secret("a long password"), trace_id=trace_id
    )
    return await app.authenticate_system(name="test", org_id=user.personal_org_id)


@contextlib.asynccontextmanager
async def _serving(app: Any) -> AsyncIterator[str]:
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, lifespan="off", access_log=False)
    server = uvicorn.Server(config)
    server.capture_signals = contextlib.nullcontext  # type: ignore[assignment]  # signals are the test runner's
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn offers no event to wait for
        await asyncio.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving
