"""A call as the gateway books it: held, then captured, its usage record in the commit of the capture."""

from datetime import UTC, datetime
from typing import cast
from uuid import uuid4

import httpx

from deepspace_core.kernel.ids import ModelId, OrgId, ProjectId, TraceId, UsageRecordId, WalletId, read_id
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.token_leaves import TokenLeaves
from deepspace_core.ledger.command import Capture, Hold
from deepspace_core.ledger.ports import Ledger
from deepspace_core.usage.record import Ending, UsageRecord, UsageSource
from tests.http.world import World

NANOS = 1_000_000_000
TRACE = TraceId("ab" * 16)
HELD_NANOS = 2 * NANOS
COST_NANOS = NANOS


async def spend(world: World, client: httpx.AsyncClient, *, project: str | None = None) -> UsageRecord:
    """Holds two units of the client's wallet and captures one."""
    wallet = (await client.get("/api/v1/wallet")).json()
    org_id = OrgId(read_id("org", wallet["org_id"], param="org_id"))
    wallet_id = WalletId(read_id("wallet", wallet["id"], param="wallet_id"))
    ledger, ids = cast(Ledger, world.ports[Ledger]), cast(IdSource, world.ports[IdSource])
    ref = uuid4().hex
    hold = Hold(
        org_id=org_id,
        wallet_id=wallet_id,
        ref=f"hold:{ref}",
        amount_nanos=HELD_NANOS,
        lifetime_seconds=60,
        trace_id=TRACE,
        actor="key:test",
    )
    assert (await ledger.apply(hold)).accepted
    record = _record(ids, org_id=org_id, ref=ref, project=project)
    capture = Capture(
        org_id=org_id,
        wallet_id=wallet_id,
        ref=record.capture_ref,
        hold_ref=hold.ref,
        amount_nanos=COST_NANOS,
        trace_id=TRACE,
        actor="key:test",
    )
    assert (await ledger.apply(capture, riders=[record])).accepted
    return record


async def hold_only(world: World, client: httpx.AsyncClient) -> None:
    """Holds two units and leaves them held."""
    wallet = (await client.get("/api/v1/wallet")).json()
    hold = Hold(
        org_id=OrgId(read_id("org", wallet["org_id"], param="org_id")),
        wallet_id=WalletId(read_id("wallet", wallet["id"], param="wallet_id")),
        ref=uuid4().hex,
        amount_nanos=HELD_NANOS,
        lifetime_seconds=60,
        trace_id=TRACE,
        actor="key:test",
    )
    assert (await cast(Ledger, world.ports[Ledger]).apply(hold)).accepted


def _record(ids: IdSource, *, org_id: OrgId, ref: str, project: str | None) -> UsageRecord:
    now = datetime.now(UTC)
    return UsageRecord(
        id=UsageRecordId(ids.uuid()),
        org_id=org_id,
        workspace_id=None,
        project_id=None if project is None else ProjectId(read_id("project", project, param="project_id")),
        api_key_id=None,
        user_id=None,
        model_id=ModelId(uuid4()),
        model_name="small",
        route="/v1/chat/completions",
        stream=True,
        leaves=TokenLeaves(input_uncached=100, output_text=50),
        cost_picos=COST_NANOS * 1_000,
        cost_nanos=COST_NANOS,
        currency="USD",
        price_id=None,
        price_version=None,
        usage_source=UsageSource.UPSTREAM,
        ending=Ending.COMPLETED,
        trace_id=TRACE,
        hold_ref=f"hold:{ref}",
        capture_ref=f"capture:{ref}",
        started_at=now,
        ended_at=now,
        latency_ms=5,
    )
