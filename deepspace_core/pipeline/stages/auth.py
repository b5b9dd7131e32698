"""auth: who calls, and which model they mean."""

from dataclasses import dataclass, field

from deepspace_core.catalogue import NAME_CHARACTERS_MAX, Model, ModelNotFound, is_name
from deepspace_core.identity import Permission, Principal
from deepspace_core.kernel.errors import Unauthenticated
from deepspace_core.pipeline.errors import RouteNotServed
from deepspace_core.pipeline.exchange import Exchange
from deepspace_core.pipeline.ports import Authenticator, Directory
from deepspace_core.pipeline.route import TRAITS
from deepspace_core.pipeline.stage import EnterOnly

_USE_MODELS = Permission.USE_MODELS  # found once, as kernel/making.py says


@dataclass(frozen=True, slots=True)
class Auth(EnterOnly):
    """Turns the secret into a principal that may use models, and the model's name into a model.

    A caller that has authenticated by other means (the web chat) brings its principal along.
    """

    authenticate: Authenticator
    directory: Directory
    name: str = field(default="auth", init=False)

    async def enter(self, exchange: Exchange) -> None:
        if exchange.principal is None:
            exchange.principal = await self._authenticated(exchange)
        exchange.principal.require(_USE_MODELS)
        exchange.model = await self._found(exchange)

    async def _authenticated(self, exchange: Exchange) -> Principal:
        secret, exchange.secret = exchange.secret, None
        if secret is None:
            raise Unauthenticated(
                "you sent no API key; send the header `Authorization: Bearer sk-ds-…` "
                "(keys are made in the web app or by `deepspace key create`)"
            )
        return await self.authenticate(secret=secret, address=exchange.client_address)

    async def _found(self, exchange: Exchange) -> Model:
        name = exchange.request.model
        # What can't be a name may be as long as a body, and would be remembered like any other.
        model = await self.directory.find_model(name) if is_name(name) else None
        if model is None or not model.enabled:
            raise ModelNotFound(
                f"the model {name[:NAME_CHARACTERS_MAX]!r} does not exist here; GET /v1/models lists those that do",
                param="model",
            )
        traits = TRAITS[exchange.route]
        if not model.serves(traits.kind):
            served = ", ".join(sorted(one.value for one in model.kinds))
            raise RouteNotServed(
                f"the model {model.name!r} serves {served}, not {traits.kind.value}; choose another for this call",
                param="model",
            )
        if exchange.request.stream and not traits.streams:
            raise RouteNotServed(f"{exchange.route.value} is not streamed; leave `stream` out", param="stream")
        return model
