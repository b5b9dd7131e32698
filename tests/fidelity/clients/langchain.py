"""LangChain's ChatOpenAI and OpenAIEmbeddings."""

from typing import Any

from langchain_openai import ChatOpenAI, OpenAIEmbeddings

from tests.fidelity.clients.observed import BRIEF, LOOK, WEATHER, named, show, told

base_url, api_key = told()


def model(name: str = "ok", *, retries: int = 0, **more: Any) -> Any:
    return ChatOpenAI(model=named(name), base_url=base_url, api_key=api_key, max_retries=retries, **BRIEF, **more)


def shown(message: Any) -> Any:
    facts = message.model_dump()
    facts.pop("id", None)  # LangChain draws its own
    return facts


def streamed(chat: Any) -> Any:
    return [shown(chunk) for chunk in chat.stream("hello")]


def abort() -> Any:
    chunks = model("slow-20").stream("hello")
    first = [shown(next(chunks)) for _ in range(2)]
    chunks.close()
    return [first, shown(model().invoke("hello"))]


def embedded() -> Any:
    embeddings: Any = OpenAIEmbeddings(
        model=named("ok", embeds=True),
        base_url=base_url,
        api_key=api_key,
        check_embedding_ctx_length=False,
        max_retries=0,
    )
    return embeddings.embed_documents(["a"])


show(
    {
        "chat": lambda: shown(model().invoke("hello")),
        "stream": lambda: streamed(model()),
        "stream_with_usage": lambda: streamed(model(stream_usage=True)),
        "tools": lambda: shown(model("tools").bind_tools([WEATHER]).invoke("hello")),
        "tools_streamed": lambda: streamed(model("tools").bind_tools([WEATHER])),
        "json_mode": lambda: shown(model("json").bind(response_format={"type": "json_object"}).invoke("hello")),
        "vision": lambda: shown(model("mirror").invoke(LOOK)),
        "embeddings": embedded,
        "responses": lambda: shown(model(use_responses_api=True).invoke("hello")),
        "refused": lambda: shown(model("status-400").invoke("hello")),
        "provider_down": lambda: shown(model("status-500").invoke("hello")),
        "retried": lambda: shown(model("flaky-503", retries=2).invoke("hello")),
        "abort": abort,
    }
)
