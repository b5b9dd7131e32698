"""`python -m tests.web FOLDER`: pictures of every page in every language, theme and width, and what is wrong there."""

import shutil
import sys
import tempfile
from itertools import product
from pathlib import Path

from tests.journey.people import log_in
from tests.journey.stack import Stack
from tests.web import seed
from tests.web.life import live
from tests.web.test_pages import KINDS, faults_of, visit_all
from tests.web.tools import make

STYLES = [
    {"language": language, "theme": theme, "width": width}
    for language, theme, width in product(("en", "zh"), ("light", "dark"), ("wide", "phone"))
]
WEATHERS = [
    {**style, "weather": weather} for style in (STYLES[0], STYLES[-1]) for weather in ("failing", "loading", "offline")
]
"""The same pages while something is wrong, as bright and wide as can be and the other way round."""


def main(folder: Path) -> None:
    """Starts a stack of its own and stops it again."""
    folder.mkdir(parents=True, exist_ok=True)
    make("web")
    directory = Path(tempfile.mkdtemp(prefix="dsw-"))
    directory.chmod(0o755)
    stack = Stack(directory)
    try:
        stack.start()
        admin = log_in(stack, email=stack.welcome.email, password=stack.welcome.password)
        life = live(stack, admin)
        key_id = life.person.http.get("/api/v1/keys").json()["data"][0]["id"]
        caller = seed.caller_of(life.person.user, key_id)
        seed.fill(f"http://127.0.0.1:{stack.port}", stack.running["database_url"], callers=[caller])
        seen = list(visit_all(stack, life, styles=STYLES + WEATHERS, folder=folder))
    finally:
        stack.stop()
        shutil.rmtree(directory, ignore_errors=True)
    told = "\n".join(f"{kind}: {fault}" for kind in KINDS for fault in faults_of(seen, kind))
    sys.stdout.write(f"{told}\n{len(seen)} pictures in {folder}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="screenshots-")))
