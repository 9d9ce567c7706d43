"""Times as people and subtitles write them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.errors import FormatError
from konspekt.text.times import check_seconds, clock, clock_tenths, seconds_of, stamp


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
def test_a_time_is_seconds_or_minutes_or_hours_with_colons(
    written: str, seconds: float
) -> None:
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
def test_any_other_text_is_an_error_that_shows_how_times_are_written(
    written: str,
) -> None:
    with pytest.raises(
        FormatError,
        match=r"is not a time\. Times are written 12:05, 1:12:05, 725 or 725\.5\.",
    ):
        seconds_of(written)


@pytest.mark.parametrize(
    "value",
    [
        int("9" * 400),
        -int("9" * 400),
        float("inf"),
        float("nan"),
        -1,
        3_600_001,
        "9" * 400,
    ],
    ids=range(7),
)
def test_what_is_no_time_of_a_lecture_is_one_short_line(value: object) -> None:
    with pytest.raises(FormatError, match=r"segment 1: .* is not a time") as failure:
        check_seconds(Path("a.json"), value, "segment 1")
    assert len(str(failure.value)) < 200


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (-1, "0:00"),
        (0, "0:00"),
        (59.99, "0:59"),
        (60, "1:00"),
        (725.3, "12:05"),
        (3599.9, "59:59"),
        (3600, "1:00:00"),
        (3723, "1:02:03"),
        (36000, "10:00:00"),
        (360000, "100:00:00"),
    ],
)
def test_a_clock_has_hours_from_one_hour_on(seconds: float, written: str) -> None:
    assert clock(seconds) == written


@given(st.floats(0, 500_000))
def test_a_clock_reads_back_never_past_its_second(seconds: float) -> None:
    assert seconds - 1 < seconds_of(clock(seconds)) <= seconds + 1e-6
    assert seconds - 0.11 < seconds_of(clock_tenths(seconds)) <= seconds + 1e-5


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (-1, "00:00:00,000"),
        (1.0005, "00:00:01,001"),
        (59.9996, "00:01:00,000"),
        (3723.25, "01:02:03,250"),
        (360000, "100:00:00,000"),
    ],
)
def test_a_stamp_is_rounded_to_the_millisecond(seconds: float, written: str) -> None:
    assert stamp(seconds, ",") == written
