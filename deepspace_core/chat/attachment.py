"""An attachment: a file of the project that a message carries, and how a model gets to read it.

Rules: an image goes to a model that sees, as data; a text is written into the message under its name; everything else
is refused, since a model would get bytes that it can't read and the user would pay for them.
"""

from dataclasses import dataclass

from deepspace_core.chat.errors import AttachmentRefused
from deepspace_core.files import FileId, StoredFile

ATTACHMENTS_MAX = 10
"""Of one message."""
IMAGE_BYTES_MAX = 8 * 1024 * 1024
TEXT_BYTES_MAX = 512 * 1024
IMAGE_TYPES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""What OpenAI's and Anthropic's models read."""
TEXT_TYPES = frozenset(
    {
        "application/json",
        "application/jsonl",
        "application/sql",
        "application/toml",
        "application/x-ndjson",
        "application/x-tex",
        "application/xml",
        "application/yaml",
        "image/svg+xml",
    }
)
"""Beside everything that is `text/…`."""
WHAT_WORKS = "images (PNG, JPEG, GIF, WebP) and texts (plain, Markdown, CSV, JSON, code)"


@dataclass(frozen=True, slots=True)
class Attachment:
    """What a message remembers of a file: enough to show it when the file is gone."""

    file_id: FileId
    name: str
    content_type: str
    size_bytes: int

    @property
    def is_image(self) -> bool:
        """Whether it is looked at; what isn't is read."""
        return self.content_type in IMAGE_TYPES


def attached(file: StoredFile) -> Attachment:
    """The file as an attachment. Raises AttachmentRefused naming what works."""
    content_type = file.content_type.partition(";")[0]
    is_image = content_type in IMAGE_TYPES
    if not is_image and not content_type.startswith("text/") and content_type not in TEXT_TYPES:
        raise AttachmentRefused(
            f"{file.name!r} is {content_type}, which no model can be given; {WHAT_WORKS} work", param="attachments"
        )
    bytes_max = IMAGE_BYTES_MAX if is_image else TEXT_BYTES_MAX
    if file.size_bytes > bytes_max:
        raise AttachmentRefused(
            f"{file.name!r} has {file.size_bytes} bytes; an attached {'image' if is_image else 'text'} may have "
            f"{bytes_max}",
            param="attachments",
        )
    return Attachment(file.id, file.name, content_type, file.size_bytes)
