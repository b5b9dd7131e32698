"""Tells a person what is going on: one line a step, with how long it took."""

import sys
import time

import click

from deepspace_adapters.embedded.supervisor import News, Notice

TITLES = {
    "postgres": "PostgreSQL",
    "redis": "Redis",
    "model": "small local model",
    "gateway": "gateway",
    "worker": "worker",
}
WIDTH = 28


class Progress:
    """Steps as they begin and end. On a terminal a step under way shows at once and is overwritten when it is done."""

    def __init__(self) -> None:
        self._began: dict[str, float] = {}
        self._on_terminal = sys.stdout.isatty()

    def begin(self, title: str, doing: str = "starting") -> None:
        """A step begins."""
        self._began[title] = time.monotonic()
        if self._on_terminal:
            click.echo(f"  … {doing} {title}", nl=False)

    def end(self, title: str, done: str = "ready") -> None:
        """A step is done."""
        seconds = time.monotonic() - self._began.pop(title, time.monotonic())
        mark = click.style("✓", fg="green")
        erase = "\r\x1b[2K" if self._on_terminal else ""
        click.echo(f"{erase}  {mark} {title:<{WIDTH}} {done:<8} {seconds:5.1f} s")

    def notice(self, notice: Notice) -> None:
        """What the supervisor says of a server."""
        title = TITLES.get(notice.name, notice.name)
        match notice.news:
            case News.STARTING:
                self.begin(title)
            case News.READY:
                self.end(title)
            case News.STOPPING:
                self.begin(title, "stopping")
            case News.STOPPED:
                self.end(title, "stopped")
            case News.CRASHED:
                click.echo(f"  {click.style('!', fg='red')} {title} crashed: {notice.detail}", err=True)
