"""MPEG audio and ADTS frames: enough to recognise a file and to see if it declares its length.

Tables: ISO/IEC 11172-3 section 2.4.2.3 and 13818-3 (frame headers), 13818-7 section 6.2 (ADTS),
id3.org (ID3v2.4, 3.1).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

# Returns the bytes of the frame with a header, None where it is none.
LengthOf: TypeAlias = Callable[[bytes], int | None]

_TAG_HEADER = 10  # bytes
_LONGEST_HEADER = 7  # bytes
_MPEG_1 = 3  # its number in a header; MPEG-2 is 2, MPEG-2.5 is 0
_NO_VERSION = 1
_NO_LAYER = 4
_FREE_RATE, _NO_RATE = 0, 15  # index 0: the header does not say the bit rate
_NO_SAMPLE_RATE = 3
_NO_ADTS_RATE = range(13, 16)


# kbit/s by layer and index 1 to 14, for MPEG-1, and for MPEG-2 and 2.5
_KBITS_1 = (
    (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
)
_KBITS_2_LAYER_1 = (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256)
_KBITS_2_OTHERS = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_KBITS_2 = (_KBITS_2_LAYER_1, _KBITS_2_OTHERS, _KBITS_2_OTHERS)
# by version and index
_SAMPLE_RATES_HZ = {
    3: (44100, 48000, 32000),
    2: (22050, 24000, 16000),
    0: (11025, 12000, 8000),
}


def tag_length(head: bytes) -> int:
    """Return the bytes of the ID3v2 tag at the start of `head`, header included; 0 without one."""
    if len(head) < _TAG_HEADER or not head.startswith(b"ID3"):
        return 0
    size = 0
    for byte in head[6:10]:
        size = size << 7 | byte & 0x7F
    footer = _TAG_HEADER if head[5] & 0x10 else 0
    return _TAG_HEADER + size + footer


@dataclass(frozen=True, slots=True)
class _AudioHeader:
    """The fields of an MPEG audio header that tell the length of its frame."""

    version: int
    layer: int  # from 1
    rate_index: int
    sample_index: int
    padding: int  # slots

    def is_valid(self) -> bool:
        """Return whether the fields have values that the standards know."""
        return (
            self.version != _NO_VERSION
            and self.layer != _NO_LAYER
            and self.rate_index not in (_FREE_RATE, _NO_RATE)
            and self.sample_index != _NO_SAMPLE_RATE
        )

    def bits_per_second(self) -> int:
        kbits = _KBITS_1 if self.version == _MPEG_1 else _KBITS_2
        return kbits[self.layer - 1][self.rate_index - 1] * 1000

    def samples(self) -> int:
        """Return how many samples a frame has."""
        if self.layer == 1:
            return 384
        return 576 if self.layer == 3 and self.version != _MPEG_1 else 1152

    def frame_length(self) -> int:
        """Return the bytes of the frame, header included."""
        slot = 4 if self.layer == 1 else 1  # bytes
        rate_hz = _SAMPLE_RATES_HZ[self.version][self.sample_index]
        slots = self.samples() // 8 // slot * self.bits_per_second() // rate_hz
        return (slots + self.padding) * slot


def audio_frame_length(header: bytes) -> int | None:
    """Return the bytes of the MPEG audio frame with this header; None where it is none.

    A header has four bytes.
    """
    if len(header) < 4 or header[0] != 0xFF or header[1] < 0xE0:
        return None
    fields = _AudioHeader(
        version=header[1] >> 3 & 3,
        layer=4 - (header[1] >> 1 & 3),
        rate_index=header[2] >> 4,
        sample_index=header[2] >> 2 & 3,
        padding=header[2] >> 1 & 1,
    )
    return fields.frame_length() if fields.is_valid() else None


def adts_frame_length(header: bytes) -> int | None:
    """Return the bytes of the ADTS frame with this header; None where it is none.

    The header has six bytes or more.
    """
    if len(header) < 6 or header[0] != 0xFF or header[1] & 0xF6 != 0xF0:
        return None
    if header[2] >> 2 & 15 in _NO_ADTS_RATE:
        return None
    length = (header[3] & 3) << 11 | header[4] << 3 | header[5] >> 5
    return length if length > 7 else None


def first_frame(head: bytes, length_of: LengthOf) -> int | None:
    """Return where in `head` two frames in a row begin; None where they do not.

    One frame is enough where the head ends with it. `length_of` gives the length of a frame by its
    header.
    """
    at = head.find(b"\xff")
    while at >= 0:
        if _are_frames(head, at, length_of):
            return at
        at = head.find(b"\xff", at + 1)
    return None


def _are_frames(head: bytes, at: int, length_of: LengthOf) -> bool:
    """Return whether two frames begin at `at`, or the head is one frame."""
    length = length_of(head[at : at + _LONGEST_HEADER])
    if length is None:
        return False
    behind = at + length
    following = head[behind : behind + _LONGEST_HEADER]
    if at == 0 and not following:
        return True
    return length_of(following) is not None


def declares_length(audio: bytes) -> bool:
    """Return whether MPEG audio declares its length, in a Xing, Info or VBRI header.

    `audio` is its beginning. Without such a header the length can only be estimated from the bit
    rate and the size.
    """
    at = first_frame(audio, audio_frame_length)
    if at is None:
        return False
    length = audio_frame_length(audio[at : at + 4]) or 0
    frame = audio[at : at + length]
    return any(mark in frame[:200] for mark in (b"Xing", b"Info", b"VBRI"))
