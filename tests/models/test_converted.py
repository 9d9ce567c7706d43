"""A folder with a converted Whisper says whether it is a demo model, whoever converted it."""

from __future__ import annotations

from pathlib import Path

import pytest

from konspekt.models import converted


@pytest.mark.parametrize(
    ("content", "is_demo"),
    [
        (b'{"demo": true}', True),
        (b'{"demo": false}', False),
        (b'{"demo": 1}', False),
        (b"{}", False),
        (b"[]", False),
        (b"", False),
        (b"[" * 100_000, False),
    ],
)
def test_only_a_folder_that_says_so_is_a_demo_model(
    tmp_path: Path, content: bytes, is_demo: bool
) -> None:
    assert not converted.is_demo(tmp_path)
    (tmp_path / converted.ABOUT).write_bytes(content)
    assert converted.is_demo(tmp_path) is is_demo
