"""How a long conversation behaves in a real browser: frames, long tasks and what is in the page, with 1,000 messages.

    .venv/bin/python -m tests.bench.chat_page --url http://127.0.0.1:8080 --data .deepspace \\
        --email admin@deepspace.localhost --password …

Needs a running `deepspace up`, whose database it writes the conversation into, as the user who is named.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from deepspace_adapters.postgres.chat import PostgresConversations, PostgresMessages
from deepspace_adapters.postgres.pool import make_pool
from deepspace_adapters.postgres.unit_of_work import PostgresUnitOfWork
from deepspace_adapters.system import SystemIds
from deepspace_core.chat import AnswerFacts, Message, Role
from deepspace_core.kernel.ids import ConversationId, MessageId, OrgId, UserId, read_id
from deepspace_core.usage import Ending, UsageSource

ROOT = Path(__file__).parents[2]
TRACE_HEX = "4bf92f3577b34da6a3ce929d0e0e4736"
ANSWER = (
    "A **ledger** is a book that is only added to.\n\n- one\n- two `code`\n\n```python\nx = 1\n```\n\n"
    "| hold | capture |\n|---|---|\n| 5 | 3 |\n\n" + "Words of an answer that is as long as most. " * 12
)


async def _written(database_url: str, conversation: dict[str, Any], user_id: str, *, messages: int) -> None:
    """Fills the conversation, each message after the other."""
    ids, store, now = SystemIds(), PostgresMessages(), datetime.now(UTC)
    org_id = OrgId(read_id("org", conversation["org_id"], param="org"))
    conversation_id = ConversationId(read_id("conversation", conversation["id"], param="id"))
    facts = AnswerFacts("smollm2-135m-instruct", Ending.COMPLETED, UsageSource.UPSTREAM, cost_nanos=1, currency="USD")
    async with make_pool(database_url, application="bench-chat") as pool:
        unit_of_work = PostgresUnitOfWork(pool)
        async with unit_of_work() as tx:
            last: MessageId | None = None
            for number in range(messages):
                is_answer = number % 2 == 1
                message = Message(
                    id=MessageId(ids.uuid()),
                    org_id=org_id,
                    conversation_id=conversation_id,
                    role=Role.ASSISTANT if is_answer else Role.USER,
                    text=f"{number}: {ANSWER}" if is_answer else f"Question {number}: what is a ledger?",
                    trace_id=TRACE_HEX,  # type: ignore[arg-type]
                    created_at=now,
                    parent_id=last,
                    answer=facts if is_answer else None,
                )
                await store.put(tx, message)
                last = message.id
            conversations = PostgresConversations()
            owner = UserId(read_id("user", user_id, param="user"))
            found = await conversations.get(tx, org_id, owner, conversation_id)
            await conversations.save(tx, replace(found, leaf_id=last, latest_id=last or found.latest_id))
            await tx.commit()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8080")
    parser.add_argument("--data", type=Path, default=Path(".deepspace"))
    parser.add_argument("--email", required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument("--messages", type=int, default=1_000)
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    wanted = parser.parse_args()
    with httpx.Client(base_url=wanted.url, headers={"origin": wanted.url}) as http:
        body = {"email": wanted.email, "password": wanted.password, "delivery": "cookie"}
        http.post("/api/v1/auth/login", json=body).raise_for_status()
        me = http.get("/api/v1/me").json()["user"]
        made = http.post("/api/v1/conversations", json={"model": "smollm2-135m-instruct", "title": "A long one"}).json()
    database_url = json.loads((wanted.data / "running.json").read_text())["database_url"]
    asyncio.run(_written(database_url, made, me["id"], messages=wanted.messages))
    given = {
        "URL_": wanted.url,
        "EMAIL": wanted.email,
        "PASSWORD": wanted.password,
        "CONVERSATION": made["id"],
        "WEB": str(ROOT / "deepspace_http" / "web"),
        "CHROMIUM": wanted.chromium,
    }
    script = Path(__file__).with_suffix(".mjs")
    told = subprocess.run(["node", script], env={**os.environ, **given}, capture_output=True, text=True, check=True)
    for row in json.loads(told.stdout):
        sys.stdout.write("  ".join(f"{name}={value}" for name, value in row.items()) + "\n")


if __name__ == "__main__":
    main()
