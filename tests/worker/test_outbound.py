"""What leaves the house, over the product's own wiring: a webhook to a real server, an export to a real disk."""

import base64
from collections.abc import Sequence
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from uuid import UUID

from standardwebhooks.webhooks import Webhook

from deepspace_adapters.composition import compose
from deepspace_adapters.container import Adapters
from deepspace_adapters.postgres.ledger import open_wallet
from deepspace_adapters.postgres.pool import Pool
from deepspace_adapters.setting_values import Secret
from deepspace_adapters.settings import Settings
from deepspace_adapters.system import SystemIds
from deepspace_core.exports import ExportFilters, ExportFormat, ExportKind
from deepspace_core.exports.use_cases import ReadExport, RequestExport, WriteExport
from deepspace_core.identity import Permission, Principal, told
from deepspace_core.kernel.ids import OrgId, UserId, WalletId
from deepspace_core.kernel.page import PageRequest
from deepspace_core.ledger import BudgetKey, BudgetScope, BudgetWindow, TopUpWallet
from deepspace_core.ledger.caps import SetBudget
from deepspace_core.webhooks import DeliveryState, WebhookDelivery, WebhookId
from deepspace_core.webhooks.use_cases import (
    CreateWebhook,
    DeliverWebhook,
    EndpointTerms,
    ListDeliveries,
    PublishHappenings,
    WatchWallets,
)
from tests.adapters.outgoing.tls import LOOPBACK, Heard, served
from tests.core.exports.rows import Listener
from tests.core.ledger.asking import Caller
from tests.core.webhooks.kinds import misfits
from tests.fakes import TRACE

OWNER = Principal(
    kind="session",
    user_id=UserId(UUID(int=2)),
    org_id=OrgId(UUID(int=1)),
    wallet_id=WalletId(UUID(int=3)),
    permissions=frozenset(Permission),
)


async def adapters_of(pool: Pool, directory: Path) -> Adapters:
    settings = Settings(
        data_dir=directory,
        secret_key=Secret(base64.b64encode(bytes(32)).decode()),
        outgoing_allowed_networks=(ip_network("127.0.0.0/8"),),
    )
    async with pool.connection() as connection:
        await connection.execute(
            "INSERT INTO orgs (id, name, kind, on_abort, created_at) VALUES (%s, 'o', 'team', 'drain', now())",
            (OWNER.org_id,),
        )
    return Adapters(settings=settings, pool=pool)


async def _happen(adapters: Adapters) -> None:
    async with adapters.unit_of_work()() as tx:
        event = told(
            SystemIds(),
            now=datetime.now(UTC),
            event_type="api_key.created",
            org_id=OWNER.org_id,
            actor=OWNER.actor,
            subject="key_1",
            trace_id=TRACE,
            payload={"name": "=laptop"},
        )
        await adapters.event_log().append(tx, event)
        await tx.commit()


async def test_what_happens_reaches_a_real_receiver_signed(pool: Pool, tmp_path: Path) -> None:
    adapters, heard = await adapters_of(pool, tmp_path), Heard()
    async with served(heard) as port:
        terms = EndpointTerms(f"http://{LOOPBACK}:{port}/in")
        made = await compose(adapters, CreateWebhook)(principal=OWNER, terms=terms, trace_id=TRACE)
        await _happen(adapters)
        assert await compose(adapters, PublishHappenings)() == 1
        (message,) = await _messages(adapters, made.endpoint.id)
        await compose(adapters, DeliverWebhook)(delivery_id=message.id, is_last=False)
        (message,) = await _messages(adapters, made.endpoint.id)
    assert (message.state, message.response_status) == (DeliveryState.DELIVERED, 200)
    assert _verified(made.secret.reveal(), heard.requests[0])["type"] == "api_key.created"


async def test_real_books_tell_of_money_in_of_each_level_of_a_cap_and_of_a_low_balance(
    pool: Pool, tmp_path: Path
) -> None:
    adapters, heard = await adapters_of(pool, tmp_path), Heard()
    async with served(heard) as port:
        terms = EndpointTerms(f"http://{LOOPBACK}:{port}/in", balance_low_nanos=300)
        made = await compose(adapters, CreateWebhook)(principal=OWNER, terms=terms, trace_id=TRACE)
        assert await _spend(adapters, 400, 100, 300, 200) == [0, 1, 2, 1]
        assert await compose(adapters, PublishHappenings)() == 5
        for message in await _messages(adapters, made.endpoint.id):
            await compose(adapters, DeliverWebhook)(delivery_id=message.id, is_last=False)
    told = [_verified(made.secret.reveal(), request) for request in heard.requests]
    assert sorted((one["type"], one["data"].get("percent", 0)) for one in told) == [
        ("wallet.balance_low", 0),
        ("wallet.cap_reached", 50),
        ("wallet.cap_reached", 80),
        ("wallet.cap_reached", 100),
        ("wallet.topped_up", 0),
    ]
    assert [misfits(one["type"], one["data"]) for one in told] == [[]] * 5


async def _spend(adapters: Adapters, *amounts: int) -> list[int]:
    """Opens the wallet with 1,000 and a cap of as much, spends; how many thresholds were passed by each amount."""
    cap = BudgetKey(BudgetScope.ORG, OWNER.org_id)
    async with adapters.pool().connection() as connection:
        await open_wallet(connection, org_id=OWNER.org_id, wallet_id=OWNER.wallet_id, now=datetime.now(UTC))
    await compose(adapters, TopUpWallet)(
        org_id=OWNER.org_id,
        wallet_id=OWNER.wallet_id,
        ref="paid",
        amount_nanos=1_000,
        actor=OWNER.actor,
        trace_id=TRACE,
    )
    await compose(adapters, SetBudget)(principal=OWNER, key=cap, window=BudgetWindow.TOTAL, cap_nanos=1_000)
    me, passed = Caller(OWNER.org_id, OWNER.wallet_id, caps=(cap,)), []
    for number, amount in enumerate(amounts):
        held, taken = f"hold:{number}", f"capture:{number}"
        await adapters.ledger().apply(me.hold(held, amount))
        await adapters.ledger().apply(me.capture(taken, held, amount))
        passed.append(await compose(adapters, WatchWallets)())
    return passed


async def _messages(adapters: Adapters, endpoint_id: WebhookId) -> Sequence[WebhookDelivery]:
    listed = compose(adapters, ListDeliveries)
    return (await listed(principal=OWNER, endpoint_id=endpoint_id, page=PageRequest(), state=None)).rows


def _verified(secret: str, request: bytes) -> Any:
    """The message in a request, after the standard's own library has checked its signature."""
    head, _, body = request.partition(b"\r\n\r\n")
    lines = [line.split(": ", 1) for line in head.decode().split("\r\n")[1:]]
    return Webhook(secret).verify(body, {name.lower(): value for name, value in lines})


async def test_an_export_is_written_to_the_disk_and_read_from_it(pool: Pool, tmp_path: Path) -> None:
    adapters = await adapters_of(pool, tmp_path)
    await _happen(adapters)
    export = await compose(adapters, RequestExport)(
        principal=OWNER,
        kind=ExportKind.AUDIT,
        wanted_format=ExportFormat.CSV,
        filters=ExportFilters(),
        trace_id=TRACE,
    )
    await compose(adapters, WriteExport)(export_id=export.id, context=Listener())
    content = await compose(adapters, ReadExport)(principal=OWNER, export_id=export.id)
    text = b"".join([chunk async for chunk in content.chunks]).decode()
    assert "api_key.created" in text
    assert (tmp_path / "files" / export.key).read_bytes().decode() == text
