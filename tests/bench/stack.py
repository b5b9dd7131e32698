"""Everything a gateway stands on, started for a benchmark and gone after it: the stack of `deepspace up`, with a
scripted upstream in the model's place, a full wallet, and limits and budgets that are counted but never reached.
"""

import http.client
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from deepspace_adapters.bootstrap import ACTOR, KEY_SCOPES, Bootstrap
from deepspace_adapters.composition import compose
from deepspace_adapters.container import Adapters
from deepspace_adapters.embedded.postgres import EmbeddedPostgres
from deepspace_adapters.embedded.process import ChildProcess, Program
from deepspace_adapters.embedded.redis import EmbeddedRedis, free_port
from deepspace_adapters.lifetime import open_adapters
from deepspace_adapters.postgres.migrate import migrate
from deepspace_adapters.settings import Settings, environ_of, load_settings
from deepspace_core.catalogue import ModelKind
from deepspace_core.catalogue.use_cases import CreateModel
from deepspace_core.identity import Permission, Principal, Secret
from deepspace_core.identity.use_cases.administration import GetUserByEmail
from deepspace_core.identity.use_cases.api_keys import CreateApiKey
from deepspace_core.identity.use_cases.authentication import AuthenticateApiKey, AuthenticateSystem
from deepspace_core.identity.use_cases.organizations import CreateOrganization
from deepspace_core.kernel.ids import UserId
from deepspace_core.kernel.money import NANOS_PER_UNIT
from deepspace_core.ledger import BudgetKey, BudgetScope, BudgetWindow
from deepspace_core.ledger.caps import SetBudget
from deepspace_core.ledger.use_cases import TopUpWallet
from deepspace_core.pricing import Leaf, Tier
from deepspace_core.pricing.use_cases import SetPrice
from tests.bench.processes import pin

GATEWAY_CORE, LOAD_CORE = 0, 1
START_SECONDS_MAX = 30.0
BODY_BYTES_MAX = 32 * 1024 * 1024
ORGANIZATIONS = 32
"""As many as the bench has connections, so that each of those may be an organization of its own."""
MODELS = ("bench-answer", "bench-stream-10", "bench-stream-200", "bench-flood")
TIER = Tier(from_input_tokens_above=0, rates={Leaf.INPUT_UNCACHED: 150_000, Leaf.OUTPUT_TEXT: 600_000})


@dataclass(frozen=True, slots=True)
class Stack:
    """What runs, by process id and port, and what is in it."""

    adapters: Adapters
    directory: Path
    settings: Settings
    upstream_pid: int
    store_pids: tuple[int, ...]
    upstream_port: int
    keys: tuple[str, ...]
    """One an organization; each has a wallet and budgets of its own."""

    @property
    def key(self) -> str:
        """The first organization's."""
        return self.keys[0]

    def gateway(
        self, opened: ExitStack, *, processes: int = 1, core: int | None = GATEWAY_CORE
    ) -> tuple[ChildProcess, int]:
        """A gateway, and its port. Its processes have one core; with None they have both, and so have the others."""
        if core is None:
            self._pin_others(GATEWAY_CORE, LOAD_CORE)
            opened.callback(self._pin_others, LOAD_CORE)
        port = free_port()
        environment = environ_of(self.settings) | {
            "DEEPSPACE_HTTP_PORT": str(port),
            "DEEPSPACE_HTTP_PROCESSES": str(processes),
        }
        argv = [sys.executable, "-m", "deepspace_http"]
        child = launched(opened, self.directory, f"gateway-{processes}", argv, core=core, environment=environment)
        wait_for(child, port)
        return child, port

    def _pin_others(self, *cores: int) -> None:
        for pid in (*self.store_pids, self.upstream_pid):
            pin(pid, *cores)


@asynccontextmanager
async def running_stack() -> AsyncIterator[Stack]:
    """Starts PostgreSQL (which waits for the disk at every commit), Redis and the upstream, and stops them all."""
    with ExitStack() as opened:
        directory = Path(tempfile.mkdtemp(prefix="ds-"))
        opened.callback(shutil.rmtree, directory, ignore_errors=True)
        postgres, redis = EmbeddedPostgres(directory), EmbeddedRedis(directory)
        opened.callback(postgres.stop)
        opened.callback(redis.stop)
        upstream_port = free_port()
        settings = load_settings(
            {
                "DEEPSPACE_DATA_DIR": str(directory),
                "DEEPSPACE_DATABASE_URL": postgres.start(),
                "DEEPSPACE_REDIS_URL": redis.start(),
                "DEEPSPACE_NEWAPI_BASE_URL": f"http://127.0.0.1:{upstream_port}/v1",
                "DEEPSPACE_NEWAPI_API_KEY": "scripted",
                "DEEPSPACE_BODY_BYTES_MAX": str(BODY_BYTES_MAX),
                "DEEPSPACE_REQUESTS_PER_MINUTE": "10000000",
                "DEEPSPACE_TOKENS_PER_MINUTE": "1000000000000",
                "DEEPSPACE_CONCURRENT_REQUESTS": "100000",
            }
        )
        migrate(str(settings.database_url))
        async with open_adapters(settings, application="deepspace-bench") as adapters:
            keys = await _filled(adapters, directory)
            for server in (postgres, redis):
                pin(server.pid or 0, LOAD_CORE)
            argv = [sys.executable, "-m", "tests.bench.upstream", str(upstream_port)]
            upstream = launched(opened, directory, "upstream", argv, core=LOAD_CORE)
            wait_for(upstream, upstream_port)
            yield Stack(
                adapters=adapters,
                directory=directory,
                settings=settings,
                upstream_pid=upstream.pid or 0,
                store_pids=(postgres.pid or 0, redis.pid or 0),
                upstream_port=upstream_port,
                keys=keys,
            )


async def _filled(adapters: Adapters, directory: Path) -> tuple[str, ...]:
    """Priced models, and organizations with money, budgets and an API key each; the keys are returned."""
    made = await compose(adapters, Bootstrap)(data_dir=directory, email=None, password=None, with_embedded_models=False)
    assert made is not None and made.api_key is not None  # noqa: PT018 - the installation is new
    keys = [made.api_key]
    owner = await compose(adapters, GetUserByEmail)(actor=ACTOR, email=made.email)
    while len(keys) < ORGANIZATIONS:
        keys.append(await _founded(adapters, owner.id, name=f"Bench {len(keys)}"))
    for key in keys:
        await _funded(adapters, await compose(adapters, AuthenticateApiKey)(secret=Secret(key)))
    await _offered(adapters)
    return tuple(keys)


async def _founded(adapters: Adapters, owner_id: UserId, *, name: str) -> str:
    """An organization more; its API key."""
    trace_id = adapters.ids().trace_id()
    create = compose(adapters, CreateOrganization)
    made = await create(actor=ACTOR, owner_id=owner_id, name=name, trace_id=trace_id)
    principal = await compose(adapters, AuthenticateSystem)(name=ACTOR.name, org_id=made.organization.id)
    key = await compose(adapters, CreateApiKey)(principal=principal, name="bench", trace_id=trace_id, scopes=KEY_SCOPES)
    return key.secret.reveal()


async def _funded(adapters: Adapters, principal: Principal) -> None:
    await compose(adapters, TopUpWallet)(
        org_id=principal.org_id,
        wallet_id=principal.wallet_id,
        ref="bench:money",
        amount_nanos=1_000_000 * NANOS_PER_UNIT,
        actor=ACTOR.actor,
        trace_id=adapters.ids().trace_id(),
    )
    await _capped(adapters, principal)


async def _offered(adapters: Adapters) -> None:
    trace_id = adapters.ids().trace_id()
    for name in MODELS:
        model = await compose(adapters, CreateModel)(
            actor=ACTOR,
            trace_id=trace_id,
            name=name,
            upstream_name=name,
            kinds=frozenset({ModelKind.CHAT}),
            context_tokens=128_000,
            output_tokens_max=16_384,
        )
        await compose(adapters, SetPrice)(
            actor=ACTOR, trace_id=trace_id, model_id=model.id, currency="USD", tiers=[TIER]
        )


async def _capped(adapters: Adapters, principal: Principal) -> None:
    """Budgets for organization and key, as large as the wallet."""
    owner = replace(principal, permissions=principal.permissions | {Permission.MANAGE_WALLET})
    assert principal.api_key_id is not None
    for key, window in (
        (BudgetKey(BudgetScope.ORG, principal.org_id), BudgetWindow.MONTH),
        (BudgetKey(BudgetScope.KEY, principal.api_key_id), BudgetWindow.DAY),
    ):
        await compose(adapters, SetBudget)(
            principal=owner, key=key, window=window, cap_nanos=1_000_000 * NANOS_PER_UNIT
        )


def launched(
    opened: ExitStack,
    directory: Path,
    name: str,
    argv: Sequence[str],
    *,
    core: int | None,
    environment: Mapping[str, str] = MappingProxyType({}),
) -> ChildProcess:
    """A child that ends with `opened`, on one core or, where that is None, on all of them."""
    child = ChildProcess(
        Program(
            name=name,
            argv=list(argv),
            log_path=directory / "logs" / f"{name}.log",
            environment={**os.environ, **environment},
        )
    )
    child.start()
    opened.callback(child.stop)
    if core is not None:
        pin(child.pid or 0, core)
    return child


def wait_for(child: ChildProcess, port: int, *, seconds_max: float = START_SECONDS_MAX) -> None:
    """Until it answers HTTP on `port`, whatever it says."""

    def answers() -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
        try:
            connection.request("POST", "/health")
            connection.getresponse().read()
        except OSError:
            return False
        finally:
            connection.close()
        return True

    child.wait_until(answers, timeout_seconds=seconds_max, fix="See why above.")
