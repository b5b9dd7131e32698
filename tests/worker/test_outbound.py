"""What leaves the house, over the product's own wiring: a webhook to a real server, an export to a real disk."""

import base64
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from uuid import UUID

from standardwebhooks.webhooks import Webhook

from deepspace_adapters.composition import compose
from deepspace_adapters.container import Adapters
from deepspace_adapters.postgres.pool import Pool
from deepspace_adapters.setting_values import Secret
from deepspace_adapters.settings import Settings
from deepspace_adapters.system import SystemIds
from deepspace_core.exports import ExportFilters, ExportFormat, ExportKind
from deepspace_core.exports.use_cases import ReadExport, RequestExport, WriteExport
from deepspace_core.identity import Permission, Principal, told
from deepspace_core.kernel.ids import OrgId, UserId, WalletId
from deepspace_core.kernel.page import PageRequest
from deepspace_core.webhooks import DeliveryState
from deepspace_core.webhooks.use_cases import (
    CreateWebhook,
    DeliverWebhook,
    EndpointTerms,
    ListDeliveries,
    PublishHappenings,
)
from tests.adapters.outgoing.tls import LOOPBACK, Heard, served
from tests.core.exports.rows import Listener
from tests.fakes import TRACE

OWNER = Principal(
    kind="session",
    user_id=UserId(UUID(int=2)),
    org_id=OrgId(UUID(int=1)),
    wallet_id=WalletId(UUID(int=3)),
    permissions=frozenset(Permission),
)


async def _adapters(pool: Pool, directory: Path) -> Adapters:
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
    adapters, heard = await _adapters(pool, tmp_path), Heard()
    async with served(heard) as port:
        terms = EndpointTerms(f"http://{LOOPBACK}:{port}/in")
        made = await compose(adapters, CreateWebhook)(principal=OWNER, terms=terms, trace_id=TRACE)
        await _happen(adapters)
        assert await compose(adapters, PublishHappenings)() == 1
        listed = compose(adapters, ListDeliveries)
        page = await listed(principal=OWNER, endpoint_id=made.endpoint.id, page=PageRequest(), state=None)
        (message,) = page.rows
        await compose(adapters, DeliverWebhook)(delivery_id=message.id, is_last=False)
        page = await listed(principal=OWNER, endpoint_id=made.endpoint.id, page=PageRequest(), state=None)
    assert [(one.state, one.response_status) for one in page.rows] == [(DeliveryState.DELIVERED, 200)]
    head, _, body = heard.requests[0].partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().lower().split("\r\n")[1:])
    signature = next(line for line in head.decode().split("\r\n") if line.lower().startswith("webhook-signature"))
    headers["webhook-signature"] = signature.split(": ", 1)[1]
    assert Webhook(made.secret.reveal()).verify(body, headers)


async def test_an_export_is_written_to_the_disk_and_read_from_it(pool: Pool, tmp_path: Path) -> None:
    adapters = await _adapters(pool, tmp_path)
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
