"""Answers that would like to be more than text, read from the document beside this module."""

import re
from pathlib import Path

HOST = "evil.example"
"""Where they would send what they steal."""

_WRITTEN = re.split(r"^# (.+)\n", Path(__file__).with_suffix(".md").read_text(), flags=re.MULTILINE)[1:]
ANSWERS = {name: text.strip() for name, text in zip(_WRITTEN[::2], _WRITTEN[1::2], strict=True)}
"""From what is tried to the answer that tries it."""
