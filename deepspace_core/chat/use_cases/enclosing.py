"""How a model gets what is attached: texts written into the message, images as data, the newest first."""

from collections.abc import Sequence
from dataclasses import dataclass

from deepspace_core.catalogue import Model, ModelKind
from deepspace_core.chat.attachment import Attachment
from deepspace_core.chat.errors import AttachmentRefused
from deepspace_core.chat.message import Message
from deepspace_core.chat.request import Image, Said
from deepspace_core.chat.text import mended
from deepspace_core.files import FileNotFound, Files
from deepspace_core.kernel.errors import ObjectNotFound
from deepspace_core.kernel.object_key import ObjectKey
from deepspace_core.kernel.ports.object_store import ObjectStore
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork

ENCLOSED_BYTES_MAX = 16 * 1024 * 1024
"""What is attached to all messages of one call together; of more, the oldest is left out and named."""


@dataclass(frozen=True, slots=True)
class Enclosing:
    """Reads attachments out of the store."""

    unit_of_work: UnitOfWork
    files: Files
    objects: ObjectStore

    async def enclosed(self, history: Sequence[Message], model: Model | None) -> Sequence[Said]:
        """What each message says to the model. Raises AttachmentRefused for an image that the last one carries to a
        model that can't see, and Unavailable."""
        sees = model is None or ModelKind.VISION in model.kinds
        if model is not None and not sees and any(one.is_image for one in history[-1].attachments):
            raise AttachmentRefused(
                f"{model.name!r} can't look at images; choose a model of the kind vision, or attach texts only",
                param="attachments",
            )
        said: list[Said] = []
        bytes_left = ENCLOSED_BYTES_MAX
        for message in reversed(history):
            wanted, left_out = _chosen(message.attachments, bytes_left, sees=sees)
            bytes_left -= sum(one.size_bytes for one in wanted)
            said.append(await self._said(message, wanted, left_out))
        return said[::-1]

    async def _said(self, message: Message, wanted: Sequence[Attachment], left_out: Sequence[Attachment]) -> Said:
        texts: list[str] = [_note(one, "not shown here") for one in left_out]
        images: list[Image] = []
        for one in wanted:
            content = await self._content(message, one)
            if content is None:
                texts.append(_note(one, "no longer there"))
            elif one.is_image:
                images.append(Image(one.content_type, content))
            else:
                texts.append(_quoted(one, content))
        return Said(message.role, "\n\n".join([*texts, message.text]) if message.text else "", tuple(images))

    async def _content(self, message: Message, attachment: Attachment) -> bytes | None:
        """None for a file that has been deleted since."""
        key = await self._key(message, attachment)
        if key is None:
            return None
        try:
            return b"".join([chunk async for chunk in self.objects.read(key)])
        except ObjectNotFound:
            return None

    async def _key(self, message: Message, attachment: Attachment) -> ObjectKey | None:
        async with self.unit_of_work() as tx:
            try:
                return (await self.files.get(tx, message.org_id, attachment.file_id)).storage_key
            except FileNotFound:
                return None


def _chosen(
    attachments: Sequence[Attachment], bytes_left: int, *, sees: bool
) -> tuple[Sequence[Attachment], Sequence[Attachment]]:
    """Which are read, and which are only named."""
    wanted: list[Attachment] = []
    left_out: list[Attachment] = []
    for one in attachments:
        bytes_left -= one.size_bytes
        (wanted if bytes_left >= 0 and (sees or not one.is_image) else left_out).append(one)
    return wanted, left_out


def _quoted(attachment: Attachment, content: bytes) -> str:
    """A text under its name; the fence is one that the text does not hold."""
    text = mended(content.decode("utf-8", "replace"))
    fence = "```"
    while fence in text:
        fence += "`"
    return f"Attached file {attachment.name}:\n{fence}\n{text}\n{fence}"


def _note(attachment: Attachment, why: str) -> str:
    return f"[Attached file {attachment.name}: {why}]"
