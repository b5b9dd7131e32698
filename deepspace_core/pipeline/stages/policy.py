"""policy: whether this caller may make this call from there."""

from dataclasses import dataclass, field

from deepspace_core.pipeline.errors import ModelNotAllowed
from deepspace_core.pipeline.exchange import Exchange
from deepspace_core.pipeline.ports import Directory
from deepspace_core.pipeline.stage import EnterOnly
from deepspace_core.policy import require_admitted


@dataclass(frozen=True, slots=True)
class Policy(EnterOnly):
    """The key's list of models, and the address rules of key and organization."""

    directory: Directory
    name: str = field(default="policy", init=False)

    async def enter(self, exchange: Exchange) -> None:
        admitted = exchange.admitted()
        allowed = admitted.principal.model_allow_list
        if allowed is not None and admitted.model.name not in allowed:
            raise ModelNotAllowed(
                f"this API key may not use {admitted.model.name!r}; it may use {', '.join(sorted(allowed))}",
                param="model",
            )
        rules = (await self.directory.policies_of(admitted.principal.org_id)).ip_rules
        require_admitted(rules, exchange.client_address, api_key_id=admitted.principal.api_key_id)
