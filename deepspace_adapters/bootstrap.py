"""What `deepspace up` puts into an empty installation, so that the first call works: an administrator with an
organization, the embedded models with prices, ten dollars, and an API key.

Idempotent: every step looks first, so an interrupted start goes on where it stopped. Password and key are made here
and kept in the data directory, readable by its owner alone, so that the second start can print the same. They are
kept BEFORE they are used: a crash in between must not leave an account whose password nobody knows.
An installation with people of its own is left alone: it may be somebody's production.
"""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from deepspace_adapters.embedded.files import ensure_directory, write_private
from deepspace_adapters.embedded.llama import (
    EMBEDDING_CONTEXT_TOKENS,
    EMBEDDING_MODEL,
    TEXT_CONTEXT_TOKENS,
    TEXT_MODEL,
)
from deepspace_core.catalogue import Model, ModelKind, ModelNameTaken, ModelNotFound
from deepspace_core.catalogue.use_cases import CreateModel, GetUsableModel
from deepspace_core.identity import Permission, Principal, Secret, SystemActor
from deepspace_core.identity.use_cases.administration import GetUserByEmail, ListUsers
from deepspace_core.identity.use_cases.api_keys import CreateApiKey
from deepspace_core.identity.use_cases.authentication import AuthenticateApiKey, AuthenticateSystem
from deepspace_core.identity.use_cases.registration import EnsureAdministrator
from deepspace_core.kernel.errors import Conflict, NotFound, Unauthenticated
from deepspace_core.kernel.ids import TraceId
from deepspace_core.kernel.money import NANOS_PER_UNIT
from deepspace_core.kernel.page import PageRequest
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.ledger.use_cases import TopUpWallet
from deepspace_core.pricing import Leaf, PriceNotFound, Tier
from deepspace_core.pricing.use_cases import GetEffectivePrice, SetPrice

ACTOR = SystemActor("start")
ADMINISTRATOR_EMAIL = "admin@deepspace.localhost"
PASSWORD_CHARS = 20
KEY_NAME = "First key"
KEY_SCOPES = frozenset(
    {
        Permission.USE_MODELS,
        Permission.USE_CHAT,
        Permission.READ_PROJECTS,
        Permission.READ_WALLET,
        Permission.READ_USAGE,
        Permission.READ_AUDIT,
    }
)
CREDIT_REF = "start:first-credit"
"""One ref for ever: whoever starts a thousand times is given the money once."""

CREDIT_NANOS = 10 * NANOS_PER_UNIT
CREDENTIALS_FILE = "credentials.json"


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept between starts. Never log it."""

    email: str
    password: str
    api_key: str | None = None

    def __repr__(self) -> str:
        return f"Credentials(email={self.email!r})"


@dataclass(frozen=True, slots=True)
class Offer:
    """An embedded model as the catalogue shows it; rates in pico-dollars a token ($0.15 per 1M is 150,000)."""

    name: str
    kinds: frozenset[ModelKind]
    context_tokens: int
    output_tokens_max: int
    input_picos: int
    output_picos: int


OFFERS = (
    Offer(
        name=TEXT_MODEL,
        kinds=frozenset({ModelKind.CHAT, ModelKind.COMPLETION}),
        context_tokens=TEXT_CONTEXT_TOKENS,
        output_tokens_max=TEXT_CONTEXT_TOKENS // 2,
        input_picos=150_000,
        output_picos=600_000,
    ),
    Offer(
        name=EMBEDDING_MODEL,
        kinds=frozenset({ModelKind.EMBEDDING}),
        context_tokens=EMBEDDING_CONTEXT_TOKENS,
        output_tokens_max=0,
        input_picos=20_000,
        output_picos=0,
    ),
)


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """Fills an empty installation; the fields are the use cases it takes."""

    ids: IdSource
    list_users: ListUsers
    get_user_by_email: GetUserByEmail
    ensure_administrator: EnsureAdministrator
    authenticate_system: AuthenticateSystem
    authenticate_api_key: AuthenticateApiKey
    get_usable_model: GetUsableModel
    create_model: CreateModel
    get_effective_price: GetEffectivePrice
    set_price: SetPrice
    top_up_wallet: TopUpWallet
    create_api_key: CreateApiKey

    async def __call__(
        self, *, data_dir: Path, email: str | None, password: str | None, with_embedded_models: bool
    ) -> Credentials | None:
        """What to log in and call with; None when the installation has people of its own and none was named.

        `email` and `password` are the settings', where set. Raises Conflict, or what the use cases raise.
        """
        kept = read_credentials(data_dir)
        chosen = email or (kept.email if kept else ADMINISTRATOR_EMAIL)
        if email is None and await self._is_somebody_elses(chosen):
            return None
        credentials = self._credentials(kept, email=chosen, password=password)
        keep_credentials(data_dir, credentials)
        trace_id = self.ids.trace_id()
        user = await self.ensure_administrator(
            email=credentials.email, password=Secret(credentials.password), trace_id=trace_id
        )
        principal = await self.authenticate_system(name=ACTOR.name, org_id=user.personal_org_id)
        for offer in OFFERS if with_embedded_models else ():
            await self._offer(offer, principal, trace_id)
        await self._credit(principal, trace_id)
        credentials = await self._with_key(credentials, principal, trace_id)
        keep_credentials(data_dir, credentials)
        return credentials

    async def _is_somebody_elses(self, email: str) -> bool:
        try:
            await self.get_user_by_email(actor=ACTOR, email=email)
        except NotFound:
            users = await self.list_users(actor=ACTOR, page=PageRequest(limit=1))
            return bool(users.rows)
        return False

    def _credentials(self, kept: Credentials | None, *, email: str, password: str | None) -> Credentials:
        if kept is None or kept.email != email:
            kept = Credentials(email=email, password=self.ids.secret()[:PASSWORD_CHARS])
        return kept if password is None else msgspec.structs.replace(kept, password=password)

    async def _offer(self, offer: Offer, principal: Principal, trace_id: TraceId) -> None:
        try:
            model = await self._model(offer, principal, trace_id)
        except ModelNameTaken:
            return  # an operator disabled it, which is theirs to do
        try:
            await self.get_effective_price(model_id=model.id)
        except PriceNotFound:
            rates = {Leaf.INPUT_UNCACHED: offer.input_picos, Leaf.OUTPUT_TEXT: offer.output_picos}
            tier = Tier(from_input_tokens_above=0, rates=rates)
            await self.set_price(actor=ACTOR, trace_id=trace_id, model_id=model.id, currency="USD", tiers=[tier])

    async def _model(self, offer: Offer, principal: Principal, trace_id: TraceId) -> Model:
        try:
            return await self.get_usable_model(principal=principal, name=offer.name)
        except ModelNotFound:
            return await self.create_model(
                actor=ACTOR,
                trace_id=trace_id,
                name=offer.name,
                upstream_name=offer.name,
                kinds=offer.kinds,
                context_tokens=offer.context_tokens,
                output_tokens_max=offer.output_tokens_max,
                recommended=ModelKind.CHAT in offer.kinds,
            )

    async def _credit(self, principal: Principal, trace_id: TraceId) -> None:
        await self.top_up_wallet(
            org_id=principal.org_id,
            wallet_id=principal.wallet_id,
            ref=CREDIT_REF,
            amount_nanos=CREDIT_NANOS,
            actor=ACTOR.actor,
            trace_id=trace_id,
            description="First credit",
        )

    async def _with_key(self, credentials: Credentials, principal: Principal, trace_id: TraceId) -> Credentials:
        if credentials.api_key is not None and await self._works(credentials.api_key):
            return credentials
        made = await self.create_api_key(principal=principal, name=KEY_NAME, trace_id=trace_id, scopes=KEY_SCOPES)
        return msgspec.structs.replace(credentials, api_key=made.secret.reveal())

    async def _works(self, api_key: str) -> bool:
        try:
            await self.authenticate_api_key(secret=Secret(api_key))
        except Unauthenticated:
            return False
        return True


def read_credentials(data_dir: Path) -> Credentials | None:
    """What an earlier start kept; None when there was none.

    Raises Conflict when it can't be read: writing it anew could lose a password.
    """
    path = data_dir / CREDENTIALS_FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=Credentials)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError) as fault:
        raise Conflict(f"can't read {path}: {fault}; mend it, or move it away to start anew") from fault


def keep_credentials(data_dir: Path, credentials: Credentials) -> None:
    """Writes them down, readable by their owner alone."""
    ensure_directory(data_dir)
    write_private(data_dir / CREDENTIALS_FILE, msgspec.json.encode(credentials).decode())
