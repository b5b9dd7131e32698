"""What is measured beside the gateway: nginx, which only proxies, and LiteLLM's proxy without its database.

Neither is a dependency. nginx is taken where the machine has one. LiteLLM is installed once, by uv, into an environment
of its own below .venv, and started as its documentation says for production: one worker, no logging of calls.
"""

import shutil
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from tests.bench.gateway.phases import Server
from tests.bench.stack import GATEWAY_CORE, MODELS, launched, wait_for

LITELLM = "litellm[proxy]==1.*"
LITELLM_ENVIRONMENT = Path(sys.prefix) / "bench-litellm"
LITELLM_START_SECONDS_MAX = 120.0
INSTALL_SECONDS_MAX = 600.0

NGINX_CONFIGURATION = """\
daemon off; worker_processes 1; pid {directory}/nginx.pid; error_log {directory}/nginx-errors.log warn;
events {{ worker_connections 1024; }}
http {{
  access_log off; client_max_body_size 64m; client_body_temp_path {directory}/nginx-body;
  proxy_temp_path {directory}/nginx-proxy; fastcgi_temp_path {directory}/nginx-fastcgi;
  uwsgi_temp_path {directory}/nginx-uwsgi; scgi_temp_path {directory}/nginx-scgi;
  upstream provider {{ server 127.0.0.1:{upstream}; keepalive 256; }}
  server {{
    listen 127.0.0.1:{port} backlog=1024; keepalive_requests 1000000;
    location / {{
      proxy_pass http://provider; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_buffering off; proxy_request_buffering off;
    }}
  }}
}}
"""
LITELLM_SETTINGS = """\
general_settings: {disable_spend_logs: true}
litellm_settings: {telemetry: false, set_verbose: false, request_timeout: 60, num_retries: 0}
"""


class Missing(Exception):
    """What the machine lacks to measure something, told in the output in its place."""


def nginx(opened: ExitStack, directory: Path, *, port: int, upstream_port: int) -> Server:
    """A proxy and nothing else. Raises Missing."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        raise Missing("nginx is not installed (Debian's package nginx-light will do)")
    path = directory / "nginx.conf"
    path.write_text(NGINX_CONFIGURATION.format(directory=directory, port=port, upstream=upstream_port))
    child = launched(opened, directory, "nginx", [program, "-c", str(path), "-p", str(directory)], core=GATEWAY_CORE)
    wait_for(child, port)
    return Server(name="nginx", port=port, pid=child.pid or 0, key="none")


def litellm(opened: ExitStack, directory: Path, *, port: int, upstream_port: int) -> Server:
    """LiteLLM's proxy: a master key, no database, so no durable billing. Raises Missing."""
    program = _installed()
    models = "".join(
        f"- model_name: {name}\n  litellm_params: {{model: openai/{name}, "
        f"api_base: 'http://127.0.0.1:{upstream_port}/v1', api_key: scripted}}\n"
        for name in MODELS
    )
    path = directory / "litellm.yaml"
    path.write_text(f"model_list:\n{models}{LITELLM_SETTINGS}")
    environment: Mapping[str, str] = {
        "LITELLM_MASTER_KEY": "sk-bench",
        "LITELLM_LOG": "ERROR",
        "LITELLM_MODE": "PRODUCTION",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    }
    argv = [str(program), "--config", str(path), "--host", "127.0.0.1", "--port", str(port), "--num_workers", "1"]
    child = launched(opened, directory, "litellm", argv, core=GATEWAY_CORE, environment=environment)
    wait_for(child, port, seconds_max=LITELLM_START_SECONDS_MAX)
    return Server(name="LiteLLM", port=port, pid=child.pid or 0, key="sk-bench")


def _installed() -> Path:
    program = LITELLM_ENVIRONMENT / "bin" / "litellm"
    if program.exists():
        return program
    sys.stdout.write(f"installing {LITELLM} into an environment of its own (once) …\n")
    sys.stdout.flush()
    uv = Path(sys.prefix) / "bin" / "uv"
    try:
        subprocess.run([sys.executable, "-m", "venv", LITELLM_ENVIRONMENT], check=True, timeout=INSTALL_SECONDS_MAX)
        python = LITELLM_ENVIRONMENT / "bin" / "python"
        subprocess.run(
            [uv, "pip", "install", "--quiet", "--python", python, LITELLM], check=True, timeout=INSTALL_SECONDS_MAX
        )
    except (OSError, subprocess.SubprocessError) as fault:
        raise Missing(f"LiteLLM could not be installed: {fault}") from fault
    return program
