"""auth: who calls, and which model they mean."""

from dataclasses import dataclass, field

from deepspace_core.catalogue import Model, ModelKind, ModelNotFound
from deepspace_core.identity import Permission, Principal
from deepspace_core.kernel.errors import Unauthenticated
from deepspace_core.pipeline.errors import RouteNotServed
from deepspace_core.pipeline.exchange import Exchange
from deepspace_core.pipeline.model_request import Route
from deepspace_core.pipeline.ports import Authenticator, Directory
from deepspace_core.pipeline.stage import EnterOnly

KIND_OF_ROUTE = {
    Route.CHAT_COMPLETIONS: ModelKind.CHAT,
    Route.COMPLETIONS: ModelKind.COMPLETION,
    Route.EMBEDDINGS: ModelKind.EMBEDDING,
}


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
        exchange.principal.require(Permission.USE_MODELS)
        exchange.model = await self._found(exchange)

    async def _authenticated(self, exchange: Exchange) -> Principal:
        secret, exchange.secret = exchange.secret, None
        if secret is None:
            raise Unauthenticated(
                "you sent no API key; send the header `Authorization: Bearer sk-ds-…` "
                "(keys are made in the web app or by `deepspace key create`)"
            )
        return await self.authenticate(secret=secret)

    async def _found(self, exchange: Exchange) -> Model:
        name = exchange.request.model
        model = await self.directory.find_model(name)
        if model is None or not model.enabled:
            raise ModelNotFound(
                f"the model {name[:128]!r} does not exist here; GET /v1/models lists those that do", param="model"
            )
        kind = KIND_OF_ROUTE[exchange.route]
        if not model.serves(kind):
            served = ", ".join(sorted(one.value for one in model.kinds))
            raise RouteNotServed(
                f"the model {model.name!r} serves {served}, not {kind.value}; choose another for this call",
                param="model",
            )
        return model
