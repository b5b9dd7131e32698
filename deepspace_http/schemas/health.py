"""Wire types of the health routes."""

from typing import Annotated, Literal

from msgspec import Meta

from deepspace_http.schemas.wire import ResponseBody


class LiveBody(ResponseBody, frozen=True, kw_only=True):
    """The process answers."""

    status: Literal["live"]


class DependencyBody(ResponseBody, frozen=True, kw_only=True):
    """One dependency: ok, slow (no answer in time) or away. Without one that is not required, work goes on."""

    name: Annotated[str, Meta(examples=["postgresql"])]
    status: Literal["ok", "slow", "away"]
    required: bool


class ReadyBody(ResponseBody, frozen=True, kw_only=True):
    """Whether the gateway can do its work."""

    status: Literal["ready", "unready"]
    dependencies: list[DependencyBody]
