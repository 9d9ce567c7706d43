"""The demo's raw transcripts: the committed files are what the script makes, and they hold what
they claim to hold.
"""

import importlib.util
import json
import re
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "tools" / "demo"
LINE = re.compile(r"\[Chunk start (\d+\.\d\d)s\]: (.*)")
LECTURES = ("search", "metrics")


@pytest.fixture(scope="module")
def demo() -> ModuleType:
    """The script, imported by its path: `tools/` is no package."""
    spec = importlib.util.spec_from_file_location(
        "make_transcripts", DEMO / "make_transcripts.py"
    )
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def windows(name: str) -> dict[float, str]:
    lines = (
        (ROOT / "recordings" / f"{name}.raw.txt")
        .read_text(encoding="utf-8")
        .splitlines()
    )
    matches = [LINE.fullmatch(line) for line in lines]
    assert all(matches)
    return {float(match[1]): match[2] for match in matches if match}


def labels(name: str) -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = json.loads(
        (DEMO / f"{name}.labels.json").read_text(encoding="utf-8")
    )
    return loaded


def reference(name: str) -> str:
    return (ROOT / "recordings" / f"{name}.reference.txt").read_text(encoding="utf-8")


def word_set(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower().replace("ё", "е")))


def plan_of(demo: ModuleType, **changes: Any) -> Any:
    return demo.Plan(
        words_per_minute=60,
        after_sentence=0,
        after_paragraph=2,
        cut_endings=["..."],
        **changes,
    )


# The committed files


def test_the_committed_files_are_what_the_script_makes(
    demo: ModuleType, tmp_path: Path
) -> None:
    demo.main(["--recordings", str(tmp_path), "--labels", str(tmp_path)])
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    kept = [
        ROOT / "recordings" / f"{name}.{kind}.txt"
        for name in LECTURES
        for kind in ("raw", "reference")
    ]
    kept += [DEMO / f"{name}.labels.json" for name in LECTURES]
    assert made == {path.name: path.read_bytes() for path in kept}


@pytest.mark.parametrize("name", LECTURES)
def test_a_window_begins_every_25_seconds(name: str) -> None:
    starts = list(windows(name))
    assert starts == [25.0 * index for index in range(len(starts))]


def test_the_lectures_are_long_enough(demo: ModuleType) -> None:
    minutes = {}
    for name in LECTURES:
        script = (DEMO / f"{name}.txt").read_text(encoding="utf-8")
        words, _ = demo.lay_out(script, demo.read_plan(DEMO / f"{name}.toml"))
        minutes[name] = (words[-1].end - words[0].start) / 60
    assert minutes["search"] >= 15
    assert 7 <= minutes["metrics"] <= 9


@pytest.mark.parametrize("name", LECTURES)
def test_labels_stand_where_they_say(name: str) -> None:
    transcribed = windows(name)
    for label in labels(name):
        text = transcribed[label["start"]]
        assert text[label["char_start"] : label["char_end"]] == label["text"] != ""
        assert label["char_end"] == len(text), "a defect runs to its window's end"
        assert re.match(r"\w", label["text"]), "a label begins with a word"


@pytest.mark.parametrize("name", LECTURES)
def test_what_carries_no_label_was_said(name: str) -> None:
    """Labels leave nothing invented unmarked: all else is the reference, but for some wrong
    words in a hundred.
    """
    wrong_from = {label["start"]: label["char_start"] for label in labels(name)}
    said = word_set(reference(name))
    kept = [
        text[: wrong_from.get(start, len(text))]
        for start, text in windows(name).items()
    ]
    strange = [word for text in kept for word in word_set(text) - said]
    assert len(strange) < 0.05 * sum(len(word_set(text)) for text in kept)


@pytest.mark.parametrize("name", LECTURES)
def test_the_reference_holds_no_marks(name: str) -> None:
    text = reference(name)
    assert "[" not in text
    assert "" not in text.splitlines()
    assert text.endswith("\n")


# Each kind of defect is there


def test_search_has_each_kind_of_defect(demo: ModuleType) -> None:
    kinds = Counter(
        defect.kind for defect in demo.read_plan(DEMO / "search.toml").defects
    )
    assert kinds["loop"] == 3
    assert kinds["tail"] >= 6
    assert 4 <= kinds["empty"] <= 6
    assert kinds["invented"] >= 8


def test_metrics_is_milder(demo: ModuleType) -> None:
    kinds = Counter(
        defect.kind for defect in demo.read_plan(DEMO / "metrics.toml").defects
    )
    assert kinds == {"invented": 1, "loop": 1, "tail": 2, "empty": 1}
    assert "Субтитры сделал DimaTorzok" in windows("metrics").values()


def test_a_recurring_hallucination_fills_the_silence_before_the_lecture() -> None:
    transcribed = windows("search")
    stock = transcribed[0.0]
    assert len(stock.split()) >= 8
    assert [transcribed[start] for start in (25.0, 75.0)] == [stock, stock]
    assert transcribed[50.0] != stock
    assert transcribed[50.0].startswith(stock.rstrip("."))
    assert list(transcribed.values()).count(stock) >= 4, "it comes back in a pause"
    assert any(
        text.endswith(stock) and text != stock for text in transcribed.values()
    ), "and as the tail of a real window"
    assert word_set(stock) - word_set(reference("search"))


def test_a_credit_and_an_outro_stand_alone() -> None:
    texts = list(windows("search").values())
    assert "Субтитры сделал DimaTorzok" in texts
    assert "Продолжение следует..." in texts


def test_the_loops_of_search_are_a_word_a_phrase_and_a_sentence() -> None:
    loops = [label["text"] for label in labels("search") if label["label"] == "loop"]
    word, phrase, sentence = loops
    assert Counter(word.split()) == {"номера": 60}
    assert Counter(phrase.split(", ")) == {"и так далее": 40}
    units = sentence.removesuffix(".").split(". ")
    assert len(units) == 8
    assert 1 < len(set(units)) < 8
    assert all(
        label["char_start"] > 100
        for label in labels("search")
        if label["label"] == "loop"
    )


def test_after_a_tail_the_next_window_has_the_right_words() -> None:
    for name in LECTURES:
        transcribed, broken = (
            windows(name),
            {label["start"] for label in labels(name) if label["label"] == "tail"},
        )
        assert all(transcribed[start + 25] for start in broken)


def test_two_empty_windows_in_a_row_lose_speech(demo: ModuleType) -> None:
    plan = demo.read_plan(DEMO / "search.toml")
    lost = {defect.window for defect in plan.defects if defect.kind == "empty"}
    assert any(start + 25 in lost for start in lost)
    assert all(windows("search")[start] == "" for start in lost)


def test_honest_repetition_is_in_the_transcript() -> None:
    """What a rule against loops or recurring hallucinations must leave alone."""
    transcribed = " ".join(windows("search").values())
    for said in (
        "Еще раз, еще раз",
        "раз-два, раз-два",
        "very, very",
        "Да, да, все верно",
        "Хорошо, спасибо",
        "спасибо за внимание",
    ):
        assert said in transcribed
    definition = "Точность — это доля релевантных документов среди найденных."
    assert reference("search").count(definition) == 2


# The script


def test_words_come_at_an_even_pace_and_pauses_hold_them_up(demo: ModuleType) -> None:
    words, duration = demo.lay_out(
        "[pause 10]\nОбратный индекс — это словарь.\n\nДа.\n", plan_of(demo)
    )
    assert [word.text for word in words] == [
        "Обратный",
        "индекс —",
        "это",
        "словарь.",
        "Да.",
    ]
    assert [word.start for word in words] == [10, 11, 12, 13, 16]
    assert duration == 17


def test_a_window_cuts_a_sentence_and_its_neighbour_repeats_five_seconds(
    demo: ModuleType,
) -> None:
    words, duration = demo.lay_out(
        " ".join(f"слово{n}," for n in range(40)) + " всё.\n", plan_of(demo)
    )
    first, second = demo.decode(words, duration, plan_of(demo)).windows
    assert first[1].endswith("слово28, слово29...")
    assert second[1].startswith("Слово25, слово26,")
    assert second[1].endswith("всё.")


def test_a_defect_keeps_what_came_before_it(demo: ModuleType) -> None:
    defect = demo.Defect(
        window=25, kind="loop", after="так что", text=[", и вот"], times=3
    )
    text, (label,) = demo.spoil("Всё просто, так что смотрите.", defect)
    assert text == "Всё просто, так что, и вот, и вот, и вот"
    assert (
        text[label.char_start : label.char_end] == label.text == "и вот, и вот, и вот"
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"substitution": [{"window": 0, "said": "нет", "written": "да"}]},
            "'нет' stands 0 times",
        ),
        ({"everywhere": [{"said": "нет", "written": "да"}]}, "nobody says 'нет'"),
        (
            {
                "defects": [
                    {"window": 0, "kind": "tail", "after": "нет", "text": [" да"]}
                ]
            },
            "'нет' stands 0 times",
        ),
        (
            {"defects": [{"window": 0, "kind": "invented", "text": ["да"]}]},
            "what is said there is 'Раз два.'",
        ),
        ({"defects": [{"window": 25, "kind": "empty"}]}, "no window begins at 25"),
        ({"defects": [{"window": 0, "kind": "empty"}] * 2}, "a window has two defects"),
    ],
)
def test_an_entry_that_does_not_apply_stops_the_script(
    demo: ModuleType, changes: dict[str, list[dict[str, Any]]], message: str
) -> None:
    types = {"defects": demo.Defect}
    made = {
        key: [types.get(key, demo.Substitution)(**row) for row in rows]
        for key, rows in changes.items()
    }
    plan = plan_of(demo, **made)
    words, duration = demo.lay_out("Раз два.\n", plan)
    with pytest.raises(demo.DemoError, match=re.escape(message)):
        demo.decode(words, duration, plan)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"kind": "lopp", "text": ["да"]}, "no such kind"),
        ({"kind": "loop"}, "text must be a list"),
        ({"kind": "empty", "text": ["да"]}, "text must be a list"),
        ({"kind": "loop", "text": "да"}, "text must be a list"),
    ],
)
def test_a_defect_that_makes_no_sense_is_refused(
    demo: ModuleType, row: dict[str, Any], message: str
) -> None:
    with pytest.raises(demo.DemoError, match=message):
        demo.Defect(window=0, **row)
