"""MPEG audio and ADTS frames: enough to recognise a file and to see if it declares its length.

Tables: ISO/IEC 11172-3 section 2.4.2.3 and 13818-3 (frame headers), 13818-7 section 6.2 (ADTS),
id3.org (ID3v2.4, 3.1).
"""

from __future__ import annotations

from collections.abc import Callable

_TAG_HEADER = 10  # bytes
# kbit/s by index 1..14; MPEG-1 layers I, II, III, then MPEG-2 and 2.5: layer I, layers II and III.
_RATES_1 = (
    (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
)
_RATES_2 = (
    (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
)
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


def audio_frame_length(header: bytes) -> int | None:
    """Return the bytes of the MPEG audio frame with this header; None where it is none.

    A header has four bytes.
    """
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return None
    version = header[1] >> 3 & 3
    layer = 4 - (header[1] >> 1 & 3)
    rate_index = header[2] >> 4
    sample_index = header[2] >> 2 & 3
    padding = header[2] >> 1 & 1
    if version == 1 or layer == 4 or rate_index in (0, 15) or sample_index == 3:
        return None
    rates = _RATES_1 if version == 3 else _RATES_2
    bits = rates[layer - 1][rate_index - 1] * 1000  # a second
    rate_hz = _SAMPLE_RATES_HZ[version][sample_index]
    if layer == 1:
        return (12 * bits // rate_hz + padding) * 4
    samples = 576 if layer == 3 and version != 3 else 1152
    return samples // 8 * bits // rate_hz + padding


def adts_frame_length(header: bytes) -> int | None:
    """Return the bytes of the ADTS frame with this header; None where it is none.

    The header has six bytes or more.
    """
    if (
        len(header) < 6
        or header[0] != 0xFF
        or header[1] & 0xF6 != 0xF0
        or header[2] >> 2 & 15 > 12
    ):
        return None
    length = (header[3] & 3) << 11 | header[4] << 3 | header[5] >> 5
    return length if length > 7 else None


def first_frame(head: bytes, length_of: Callable[[bytes], int | None]) -> int | None:
    """Return where in `head` two frames in a row begin; None where they do not.

    One frame is enough where the head ends with it. `length_of` gives the length of a frame by its
    header.
    """
    at = head.find(b"\xff")
    while at >= 0:
        length = length_of(head[at : at + 7])
        if length is not None:
            following = head[at + length : at + length + 7]
            if (at == 0 and not following) or length_of(following) is not None:
                return at
        at = head.find(b"\xff", at + 1)
    return None


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
