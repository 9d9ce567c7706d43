"""Times as people write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from konspekt.errors import FormatError
from konspekt.text.times import checked_seconds, seconds_of


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        *(
            ("12:05", 725.0),
            ("1:12:05", 4325.0),
            ("725", 725.0),
            ("725.5", 725.5),
            (" 0:00 ", 0.0),
            ("90:00", 5400.0),
        ),
        *(("1:2:5", 3725.0), ("12:05.25", 725.25), ("01:02:03", 3723.0)),
    ],
)
def test_a_time_is_seconds_or_minutes_or_hours_with_colons(written: str, seconds: float) -> None:
    assert seconds_of(written) == seconds


@pytest.mark.parametrize(
    "written",
    [
        "",
        "12:",
        ":05",
        "12:60",
        "1:60:00",
        "-5",
        "+5",
        "1e3",
        "inf",
        "nan",
        "12,5",
        "1:2:3:4",
        "٣",
        "12:5:",
        "9" * 400,
        "x",
    ],
)
def test_any_other_text_is_an_error_that_shows_how_times_are_written(written: str) -> None:
    with pytest.raises(
        FormatError, match=r"is not a time\. Times are written 12:05, 1:12:05, 725 or 725\.5\."
    ):
        seconds_of(written)


@pytest.mark.parametrize(
    "value",
    [int("9" * 400), -int("9" * 400), float("inf"), float("nan"), -1, 3_600_001, "9" * 400],
    ids=range(7),
)
def test_what_is_no_time_of_a_lecture_is_one_short_line(value: object) -> None:
    with pytest.raises(FormatError, match=r"segment 1: .* is not a time") as failure:
        checked_seconds(Path("a.json"), value, "segment 1")
    assert len(str(failure.value)) < 200
