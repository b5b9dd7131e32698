"""How long a sound is, from its first bytes and its size: what is held for a transcription, and what is billed where
the provider tells neither tokens nor seconds.

Source: RIFF/WAVE (the `fmt ` chunk's bytes a second), FLAC's STREAMINFO (samples and sample rate), MPEG-1/2 layer III's
frame header (its bit rate), ID3v2's size. Everything else is taken for speech at the usual bit rate of Opus and AAC.
"""

import math
import struct

from deepspace_core.pricing.quote import UNITS_MAX

BYTES_A_SECOND_USUAL = 4_000
"""32 kbit/s."""
MP3_BYTES_A_SECOND_USUAL = 16_000
"""128 kbit/s: where the frame that would tell stands behind a large picture."""

_KBITS_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KBITS_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_ID3_HEAD = 10


def seconds_of(head: bytes, *, bytes_total: int) -> int:
    """Each started second of a sound that begins with `head` and is at most `bytes_total` long; at least one."""
    seconds = _flac_seconds(head) or bytes_total / _bytes_a_second(head)
    return min(max(1, math.ceil(seconds)), UNITS_MAX)


def _bytes_a_second(head: bytes) -> int:
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return _wave_rate(head) or BYTES_A_SECOND_USUAL
    if head[:3] == b"ID3" or _is_frame(head):
        return _mp3_rate(head)
    return BYTES_A_SECOND_USUAL


def _wave_rate(head: bytes) -> int:
    at = head.find(b"fmt ", 12)
    rate: int = struct.unpack_from("<I", head, at + 16)[0] if 0 <= at <= len(head) - 20 else 0
    return rate


def _flac_seconds(head: bytes) -> float:
    """0 where it is no FLAC, or does not say."""
    if head[:4] != b"fLaC" or len(head) < 26:  # noqa: PLR2004 - the magic, a block's head, STREAMINFO up to the samples
        return 0.0
    packed = int.from_bytes(head[18:26], "big")
    rate, samples = packed >> 44, packed & ((1 << 36) - 1)
    return samples / rate if rate else 0.0


def _mp3_rate(head: bytes) -> int:
    start = 0
    if head[:3] == b"ID3" and len(head) >= _ID3_HEAD:
        size = 0
        for one in head[6:_ID3_HEAD]:
            size = size << 7 | one & 0x7F
        start = _ID3_HEAD + size
    frame = head[start : start + 4]
    if not _is_frame(frame):
        return MP3_BYTES_A_SECOND_USUAL
    kbits = (_KBITS_1 if frame[1] & 0x08 else _KBITS_2)[min(frame[2] >> 4, 14)]
    return kbits * 125 or MP3_BYTES_A_SECOND_USUAL


def _is_frame(head: bytes) -> bool:
    """MPEG audio's sync word, layer III."""
    return len(head) >= 4 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2  # noqa: PLR2004
