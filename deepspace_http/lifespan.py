"""Opens everything a gateway process stands on, and closes it in the order that loses nothing."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

from litestar import Litestar

from deepspace_adapters.composition import compose
from deepspace_adapters.container import Adapters
from deepspace_adapters.gateway import make_pipeline
from deepspace_adapters.lifetime import open_adapters
from deepspace_adapters.newapi.channels import any_answers
from deepspace_adapters.newapi.request_fields import read_request
from deepspace_adapters.remembered import Remembered
from deepspace_adapters.settings import Settings
from deepspace_core.chat.use_cases import EditMessage, RegenerateAnswer, SendMessage
from deepspace_core.chat.use_cases.answering import Answering
from deepspace_core.pipeline import CallLog, Pipeline
from deepspace_core.pipeline.use_cases import LearnOutputs
from deepspace_http.app import create_app
from deepspace_http.application import Application, HttpSettings, Probe, Probes
from deepspace_http.call_traces import TellCall, call_traces
from deepspace_http.chat import ChatUseCases
from deepspace_http.gateway_asgi import Gateway
from deepspace_http.installation_watch import InstallationWatch
from deepspace_http.learning import learn
from deepspace_http.probing import PROBE_TIMEOUT_SECONDS
from deepspace_http.routes.openai import openai_routes
from deepspace_http.schemas.openai import FRAGMENTS
from deepspace_http.schemas.surface import SURFACE
from deepspace_http.watch import watch
from deepspace_http.web_site import WebSite

PROBE_SECONDS = 1.0
EVENTS_SECONDS_MAX = 2.0
"""How long the end waits for the last events of answers to reach Redis."""
ASKING = {"send_message": SendMessage, "edit_message": EditMessage, "regenerate_answer": RegenerateAnswer}
"""The verbs that call a model."""

log = logging.getLogger(__name__)


@asynccontextmanager
async def open_application(settings: Settings) -> AsyncIterator[Litestar]:
    """The application over open adapters. Raises SettingsFault when a dependency has no address."""
    settings.require("database_url", "redis_url")
    async with open_adapters(settings, application="deepspace-gateway") as adapters:
        adapters.token_counter().warm()
        request_logs = adapters.request_logs()
        request_logs.start()
        if kept := adapters.settler().settle_kept():
            log.warning("taking up %d settlements that an earlier process could not write", kept)
        watching = asyncio.create_task(watch(adapters))
        overseeing_all = asyncio.create_task(compose(adapters, InstallationWatch).watch())
        learning = asyncio.create_task(learn(compose(adapters, LearnOutputs)))
        try:
            with call_traces(settings) as tell_call:
                yield make_app(adapters, settings, tell_call)
        finally:
            watching.cancel()
            overseeing_all.cancel()
            learning.cancel()
            await adapters.tasks().drain(settings.drain_seconds)
            await adapters.event_streams().close(EVENTS_SECONDS_MAX)
            await request_logs.close()
            adapters.journal().close()


def make_app(adapters: Adapters, settings: Settings, tell_call: TellCall | None = None) -> Litestar:
    """The Litestar application of the product, its use cases composed from the adapters."""
    pipeline = make_pipeline(adapters)
    answering = compose(adapters, Answering, run_pipeline=pipeline.run)
    chat = compose(
        adapters,
        ChatUseCases,
        **{name: compose(adapters, verb, answering=answering) for name, verb in ASKING.items()},
    )
    application = compose(adapters, Application, chat=chat, settings=_http_settings(settings), probes=_probes(adapters))
    return create_app(
        application,
        gateway_routes=openai_routes(_gateway(adapters, settings, pipeline, tell_call)),
        openapi_fragments={**FRAGMENTS, **SURFACE},
        site=WebSite(),
    )


def _gateway(adapters: Adapters, settings: Settings, pipeline: Pipeline, tell_call: TellCall | None) -> Gateway:
    return Gateway(
        pipeline=pipeline,
        read_request=read_request,
        call_log=CallLog(clock=adapters.clock(), ids=adapters.ids()),
        request_logs=adapters.request_logs(),
        clock=adapters.clock(),
        ids=adapters.ids(),
        body_bytes_max=settings.body_bytes_max,
        upload_bytes_max=settings.upload_bytes_max,
        passed_routes=settings.passthrough,
        calls_max=settings.streams_max,
        trusted_proxies=settings.trusted_proxies,
        tell_call=tell_call,
    )


def _http_settings(settings: Settings) -> HttpSettings:
    return HttpSettings(
        base_url=settings.base_url,
        body_bytes_max=settings.body_bytes_max,
        streams_max=settings.streams_max,
        trusted_proxies=settings.trusted_proxies,
        cookies_secure=settings.cookies_secure,
        registration_open=settings.registration_open,
        metrics_token=settings.metrics_token,
    )


def _probes(adapters: Adapters) -> Probes:
    """What /ready asks. Redis and the upstream may be away: calls are then limited locally, or refused one by one.

    However many ask, each is asked once at a time and once a second: /ready is open to strangers, and a question to the
    upstream is a call with the platform's own key.
    """

    async def ask_redis() -> None:
        await adapters.redis().ping()

    async def ask_upstreams() -> None:
        table = await adapters.channel_directory().table()
        await any_answers([channel for channel in table.channels if channel.enabled], adapters.channel_calls())

    return {
        "postgresql": Probe(check=_now_and_then(adapters.unit_of_work().ping)),
        "redis": Probe(check=_now_and_then(ask_redis), required=False),
        "newapi": Probe(check=_now_and_then(ask_upstreams), required=False),
    }


def _now_and_then(ask: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
    async def asked(_: None) -> None:
        async with asyncio.timeout(PROBE_TIMEOUT_SECONDS):
            await ask()

    answers = Remembered(asked, seconds=PROBE_SECONDS)
    return partial(answers.get, None)
