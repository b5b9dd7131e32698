"""Keeping endpoints: who is told, of what, and with which secret."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from deepspace_core.identity import Permission, Principal, Secret, told
from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.ids import TraceId, show_id
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.event_log import EventLog
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.outgoing import Outgoing
from deepspace_core.kernel.ports.secret_box import SecretBox
from deepspace_core.kernel.ports.unit_of_work import Transaction, UnitOfWork
from deepspace_core.webhooks.endpoint import BY_A_PERSON, ENDPOINTS_MAX, WebhookEndpoint, WebhookId, read_description
from deepspace_core.webhooks.errors import TooManyWebhooks
from deepspace_core.webhooks.happening import HappeningType
from deepspace_core.webhooks.ports import Endpoints
from deepspace_core.webhooks.signature import signing_secret


@dataclass(frozen=True, slots=True)
class NewWebhook:
    """An endpoint and its secret, which is shown now and never again."""

    endpoint: WebhookEndpoint
    secret: Secret


@dataclass(frozen=True, slots=True)
class EndpointTerms:
    """What somebody may say of an endpoint. `event_types` empty: all; `balance_low_nanos` None: no such message."""

    url: str
    description: str = ""
    event_types: frozenset[HappeningType] = frozenset()
    balance_low_nanos: int | None = None

    def checked(self, outgoing: Outgoing) -> "EndpointTerms":
        """The terms themselves. Raises OutgoingRefused or InvalidInput naming the field."""
        outgoing.check(self.url)
        read_description(self.description)
        if self.balance_low_nanos is not None and self.balance_low_nanos < 0:
            raise InvalidInput("balance_low_nanos must not be negative", param="balance_low_nanos")
        return self


@dataclass(frozen=True, slots=True)
class WebhookTrail:
    """How webhooks tell the audit trail."""

    events: EventLog
    ids: IdSource
    clock: Clock

    async def tell(
        self,
        tx: Transaction,
        principal: Principal,
        endpoint: WebhookEndpoint,
        *,
        event_type: str,
        trace_id: TraceId,
        payload: Mapping[str, object] | None = None,
    ) -> None:
        """An event of what somebody did to an endpoint. The URL may carry a token, so only its host is told."""
        event = told(
            self.ids,
            now=self.clock.now(),
            event_type=event_type,
            org_id=endpoint.org_id,
            actor=principal.actor,
            subject=show_id("webhook", endpoint.id),
            trace_id=trace_id,
            payload={"host": endpoint.url.split("/")[2], **(payload or {})},
        )
        await self.events.append(tx, event)


@dataclass(frozen=True, slots=True)
class CreateWebhook:
    """Adds an endpoint and makes its secret."""

    unit_of_work: UnitOfWork
    endpoints: Endpoints
    outgoing: Outgoing
    box: SecretBox
    trail: WebhookTrail

    async def __call__(self, *, principal: Principal, terms: EndpointTerms, trace_id: TraceId) -> NewWebhook:
        """Raises PermissionMissing, OutgoingRefused, InvalidInput or TooManyWebhooks."""
        principal.require(Permission.MANAGE_WEBHOOKS)
        terms = terms.checked(self.outgoing)
        secret = Secret(signing_secret(self.trail.ids.secret()))
        draft = WebhookEndpoint(
            id=WebhookId(self.trail.ids.uuid()),
            org_id=principal.org_id,
            url=terms.url,
            secret_sealed=b"",
            created_at=self.trail.clock.now(),
            description=terms.description,
            event_types=terms.event_types,
            balance_low_nanos=terms.balance_low_nanos,
        )
        endpoint = replace(draft, secret_sealed=self.box.seal(secret.reveal(), purpose=draft.purpose))
        async with self.unit_of_work() as tx:
            if len(await self.endpoints.list(tx, principal.org_id)) >= ENDPOINTS_MAX:
                raise TooManyWebhooks(f"an organization may have {ENDPOINTS_MAX} webhooks; delete one first")
            await self.endpoints.add(tx, endpoint)
            await self.trail.tell(tx, principal, endpoint, event_type="webhook.created", trace_id=trace_id)
            await tx.commit()
        return NewWebhook(endpoint, secret)


@dataclass(frozen=True, slots=True)
class ListWebhooks:
    """The endpoints of the organization, newest first."""

    unit_of_work: UnitOfWork
    endpoints: Endpoints

    async def __call__(self, *, principal: Principal) -> Sequence[WebhookEndpoint]:
        """Raises PermissionMissing."""
        principal.require(Permission.MANAGE_WEBHOOKS)
        async with self.unit_of_work() as tx:
            return await self.endpoints.list(tx, principal.org_id)


@dataclass(frozen=True, slots=True)
class GetWebhook:
    """One endpoint."""

    unit_of_work: UnitOfWork
    endpoints: Endpoints

    async def __call__(self, *, principal: Principal, endpoint_id: WebhookId) -> WebhookEndpoint:
        """Raises PermissionMissing or WebhookNotFound."""
        principal.require(Permission.MANAGE_WEBHOOKS)
        async with self.unit_of_work() as tx:
            return await self.endpoints.get(tx, principal.org_id, endpoint_id)


@dataclass(frozen=True, slots=True)
class UpdateWebhook:
    """Replaces an endpoint's terms, and enables or disables it. Enabling forgets earlier failures."""

    unit_of_work: UnitOfWork
    endpoints: Endpoints
    outgoing: Outgoing
    trail: WebhookTrail

    async def __call__(
        self, *, principal: Principal, endpoint_id: WebhookId, terms: EndpointTerms, enabled: bool, trace_id: TraceId
    ) -> WebhookEndpoint:
        """Raises PermissionMissing, OutgoingRefused, InvalidInput or WebhookNotFound."""
        principal.require(Permission.MANAGE_WEBHOOKS)
        terms = terms.checked(self.outgoing)
        async with self.unit_of_work() as tx:
            stored = await self.endpoints.lock(tx, principal.org_id, endpoint_id)
            changed = replace(
                stored,
                url=terms.url,
                description=terms.description,
                event_types=terms.event_types,
                balance_low_nanos=terms.balance_low_nanos,
            )
            if enabled and not stored.enabled:
                changed = changed.enable()
            elif stored.enabled and not enabled:
                changed = changed.disable(now=self.trail.clock.now(), reason=f"{BY_A_PERSON}{principal.actor}")
            await self.endpoints.save(tx, changed)
            await self.trail.tell(
                tx,
                principal,
                changed,
                event_type="webhook.updated",
                trace_id=trace_id,
                payload={"enabled": changed.enabled},
            )
            await tx.commit()
        return changed


@dataclass(frozen=True, slots=True)
class RotateWebhookSecret:
    """Gives an endpoint another secret; the old one signs beside it until the overlap is over."""

    unit_of_work: UnitOfWork
    endpoints: Endpoints
    box: SecretBox
    trail: WebhookTrail

    async def __call__(
        self, *, principal: Principal, endpoint_id: WebhookId, overlap: timedelta, trace_id: TraceId
    ) -> NewWebhook:
        """`overlap` as `read_overlap` bounds it. Raises PermissionMissing or WebhookNotFound."""
        principal.require(Permission.MANAGE_WEBHOOKS)
        secret = Secret(signing_secret(self.trail.ids.secret()))
        async with self.unit_of_work() as tx:
            stored = await self.endpoints.lock(tx, principal.org_id, endpoint_id)
            sealed = self.box.seal(secret.reveal(), purpose=stored.purpose)
            rotated = stored.rotate(sealed, now=self.trail.clock.now(), overlap=overlap)
            await self.endpoints.save(tx, rotated)
            await self.trail.tell(tx, principal, rotated, event_type="webhook.secret_rotated", trace_id=trace_id)
            await tx.commit()
        return NewWebhook(rotated, secret)


@dataclass(frozen=True, slots=True)
class DeleteWebhook:
    """Removes an endpoint and the log of its deliveries."""

    unit_of_work: UnitOfWork
    endpoints: Endpoints
    trail: WebhookTrail

    async def __call__(self, *, principal: Principal, endpoint_id: WebhookId, trace_id: TraceId) -> None:
        """Raises PermissionMissing or WebhookNotFound."""
        principal.require(Permission.MANAGE_WEBHOOKS)
        async with self.unit_of_work() as tx:
            endpoint = await self.endpoints.lock(tx, principal.org_id, endpoint_id)
            await self.endpoints.remove(tx, principal.org_id, endpoint_id)
            await self.trail.tell(tx, principal, endpoint, event_type="webhook.deleted", trace_id=trace_id)
            await tx.commit()
