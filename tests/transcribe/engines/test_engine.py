"""What the engine makes of answers: failed ones tried for again, dense windows halved, echoes of a
prompt dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from whisper.timing import find_alignment

from konspekt.course.settings import TranscribeOptions
from konspekt.errors import CourseError, ModelError
from konspekt.models.precision import Device, Precision
from konspekt.models.tokenizer import check_languages, possible_languages, tokenizer_of
from konspekt.models.whisper import LoadedWhisper, WhisperChoice, load, load_vocabulary
from konspekt.transcribe import transcribe
from konspekt.transcribe.decode.alignment import AlignmentRequest, align_words
from konspekt.transcribe.decode.decoder import CrossAttentionCache, compact_slots
from konspekt.transcribe.decode.dtw import first_columns
from konspekt.transcribe.decode.language import detect_languages
from konspekt.transcribe.decode.loop import DecodingRequest
from konspekt.transcribe.decode.options import DecodingOptions
from konspekt.transcribe.decode.prompt import (
    MAX_PROMPT_TOKENS,
    is_echo,
    is_thin,
    prompt_tokens,
    select_terms,
)
from konspekt.transcribe.decode.result import (
    DecodingResult,
    better_result,
    compression_ratio,
    ends_in_loop,
    needs_fallback,
)
from konspekt.transcribe.engines import whisper as whisper_engine
from konspekt.transcribe.engines.batch import check_numbers
from konspekt.transcribe.engines.engine import EngineOptions, as_engine_options
from konspekt.transcribe.engines.halves import SHARED, halve, number_windows
from konspekt.transcribe.engines.whisper import WhisperEngine, log_mel
from konspekt.transcribe.speech.windows import Grid, Window, cut
from tests.processor import chosen
from tests.sounds import murmur

pytestmark = pytest.mark.usefixtures("one_core")

RU = EngineOptions(("ru",))
GOOD = DecodingResult(
    "ru", (50364, 1000, 50414), "Спектр звука меняется со временем.", -0.3, 0.1, 0.0
)
FULL = (  # of a whole window
    "Так звук становится картинкой, на которой видно, какие частоты в нём есть и когда. Гласные "
    "дают яркие полосы, "
    "шипящие похожи на облако, а пауза остаётся тёмной. По такой картинке машина и учится читать."
)
LOOP = replace(GOOD, text="Продолжение следует. " * 20)


@pytest.fixture(scope="module")
def model(course: Path) -> LoadedWhisper:
    return load(chosen("tiny.pt", course))


@pytest.fixture(scope="module", params=["float32", "bfloat16"])
def either(request: pytest.FixtureRequest, course: Path) -> LoadedWhisper:
    """A Whisper for what holds in both precisions."""
    return load(chosen("tiny.pt", course, request.param))


@pytest.fixture(scope="module")
def windows() -> list[Window]:
    return list(cut([murmur(67)], Grid(29, 5)))


def sound_of(model: LoadedWhisper, windows: list[Window]) -> CrossAttentionCache:
    with torch.inference_mode():
        return CrossAttentionCache(
            model.whisper,
            (model.whisper.encoder(log_mel(model, [window])) for window in windows),
            len(windows),
        )


# Answers


def test_a_loop_and_a_doubted_text_fail_and_silence_does_not() -> None:
    assert not needs_fallback(GOOD)
    assert needs_fallback(LOOP)
    assert needs_fallback(replace(GOOD, is_looping=True))
    assert needs_fallback(replace(GOOD, avg_logprob=-1.1))
    assert not needs_fallback(replace(GOOD, avg_logprob=-1.1, no_speech_prob=0.7))
    assert not needs_fallback(replace(GOOD, is_cut=True))


def test_a_loop_is_never_preferred_to_a_text_however_sure_whisper_is_of_it() -> None:
    doubted = replace(GOOD, avg_logprob=-1.5, temperature=1.0)
    assert better_result(replace(LOOP, avg_logprob=-0.05), doubted) is doubted
    assert better_result(doubted, replace(LOOP, avg_logprob=-0.05)) is doubted
    assert (
        better_result(replace(doubted, avg_logprob=-1.2), doubted).avg_logprob == -1.2
    )
    assert better_result(None, LOOP) is LOOP


def test_a_letter_is_a_byte_in_the_compression_ratio() -> None:
    cyrillic, latin = "аоеитнсрвлкмдпу", "aoeitnsrvlkmdpu"
    text = "вот как устроен спектр речи и почему он меняется со временем, когда говорят быстро"
    translated = text.translate(str.maketrans(cyrillic, latin))
    assert compression_ratio(text) == pytest.approx(
        compression_ratio(translated), rel=0.1
    )
    assert compression_ratio("") == 0.0


@pytest.mark.parametrize("period", [1, 3, 9, 32])
def test_only_many_repeats_at_the_end_are_a_loop(period: int) -> None:
    phrase, count = list(range(period)), max(8, -(-64 // period))
    assert ends_in_loop([*range(100, 200), *phrase * count])
    assert not ends_in_loop([*phrase * count, 777])
    assert not ends_in_loop(phrase * 7)
    assert not ends_in_loop(list(range(444)))


def test_the_slots_that_are_left_move_to_the_front() -> None:
    assert compact_slots([0, 2, 3]) == [0, 3, 2]
    assert compact_slots([4]) == [4]
    assert compact_slots([]) == []
    assert compact_slots([0, 1]) == [0, 1]


# Fallback, with answers that are made up


Say = Callable[[int, DecodingRequest, DecodingOptions], DecodingResult]


def says(monkeypatch: pytest.MonkeyPatch, say: Say) -> list[tuple[float, bool, int]]:
    """Lets Whisper say what a test wants; what it was asked: temperature, whether with a prompt,
    how many windows.
    """
    calls: list[tuple[float, bool, int]] = []

    def decode_windows(
        _: Any,
        requests: Mapping[int, DecodingRequest],
        options: DecodingOptions,
    ) -> dict[int, DecodingResult]:
        first = next(iter(requests.values()))
        calls.append((options.temperature, first.is_prompted, len(requests)))
        return {row: say(row, request, options) for row, request in requests.items()}

    monkeypatch.setattr(whisper_engine, "decode_windows", decode_windows)
    return calls


def test_only_what_fails_is_tried_for_again(
    model: LoadedWhisper, windows: list[Window], monkeypatch: pytest.MonkeyPatch
) -> None:
    def say(row: int, _: DecodingRequest, options: DecodingOptions) -> DecodingResult:
        is_good = row == 0 or (row == 1 and options.temperature >= 0.4)
        return replace(GOOD if is_good else LOOP, temperature=options.temperature)

    calls = says(monkeypatch, say)
    decoded_windows = WhisperEngine(model).decode(
        windows, replace(RU, temperatures=(0.0, 0.2, 0.4, 0.6))
    )
    assert calls == [(0.0, False, 3), (0.2, False, 2), (0.4, False, 2), (0.6, False, 1)]
    assert [h.segments[0].temperature for h in decoded_windows[:2]] == [0.0, 0.4]


def test_a_window_with_more_text_than_an_answer_holds_is_decoded_in_two_halves(
    model: LoadedWhisper, windows: list[Window], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []

    def say(row: int, _: DecodingRequest, __: DecodingOptions) -> DecodingResult:
        calls.append(row)
        # the second window of the first batch
        return replace(GOOD, is_cut=len(calls) == 2)

    says(monkeypatch, say)
    decoded_windows = WhisperEngine(model).decode(windows, RU)
    assert [(h.id, h.start, h.end) for h in decoded_windows] == [
        (0, 0, 29),
        (1, 24, 41),
        (1, 36, 53),
        (2, 48, 67),
    ]
    assert [bool(h.how.options.get("half")) for h in decoded_windows] == [
        False,
        True,
        True,
        False,
    ]
    assert [h.id for h in number_windows(decoded_windows, 7)] == [7, 8, 9, 10]


def test_a_loop_at_the_limit_is_not_halved_and_says_that_it_is_cut(
    model: LoadedWhisper, windows: list[Window], monkeypatch: pytest.MonkeyPatch
) -> None:
    says(monkeypatch, lambda *_: replace(LOOP, is_cut=True))
    decoded_windows = WhisperEngine(model).decode(windows, RU)
    assert len(decoded_windows) == 3
    assert all(h.how.is_cut for h in decoded_windows)


def test_halves_share_sound_and_cover_their_window(windows: list[Window]) -> None:
    first, second = halve(windows[1])
    assert (first.start, second.end) == (windows[1].start, windows[1].end)
    assert first.end - second.start == pytest.approx(SHARED, abs=0.001)
    assert (
        len(first.samples)
        == len(second.samples)
        == round((first.end - first.start) * 16_000)
    )


# Prompts

TERMS = ("LLM", "Hugging Face", "PyTorch", "эмбеддинг")


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("LLM, Hugging Face, PyTorch, эмбеддинг.", True),
        ("Эмбеддинг!", True),
        ("hugging face pytorch эмбеддинг, и вот мы начинаем лекцию", True),
        ("Сегодня о том, что такое эмбеддинг и чем хорош PyTorch.", False),
        ("", False),
        ("...", False),
    ],
)
def test_a_text_that_has_nothing_but_the_prompt_is_an_echo(
    text: str, is_one: bool
) -> None:
    assert is_echo(text, TERMS) == is_one


def test_a_prompt_is_as_long_as_its_budget_and_no_longer(model: LoadedWhisper) -> None:
    tokenizer = tokenizer_of(model.whisper)
    many = [f"термин{number}" for number in range(300)]
    found = select_terms(tokenizer, ["слово " * 200, *many])
    assert found == tuple(many[: len(found)])
    assert (
        MAX_PROMPT_TOKENS - 8
        < len(prompt_tokens(tokenizer, found))
        <= MAX_PROMPT_TOKENS
    )
    assert prompt_tokens(tokenizer, ()) == ()


def test_every_window_is_decoded_with_the_terms_and_an_echo_of_them_again_without(
    model: LoadedWhisper, windows: list[Window], monkeypatch: pytest.MonkeyPatch
) -> None:
    tokenizer = tokenizer_of(model.whisper)

    def say(row: int, request: DecodingRequest, _: DecodingOptions) -> DecodingResult:
        assert (request.prefix[0] == tokenizer.sot_prev) == request.is_prompted
        text = ", ".join(TERMS) if request.is_prompted and row else FULL
        return replace(GOOD, text=text, is_prompted=request.is_prompted)

    calls = says(monkeypatch, say)
    decoded_windows = WhisperEngine(model).decode(windows, replace(RU, terms=TERMS))
    assert calls == [(0.0, True, 3), (0.0, False, 2)]
    assert [bool(h.how.options.get("prompted")) for h in decoded_windows] == [
        True,
        False,
        False,
    ]


def test_a_window_of_which_little_is_written_with_the_terms_is_decoded_again_without(
    model: LoadedWhisper, windows: list[Window], monkeypatch: pytest.MonkeyPatch
) -> None:
    def say(row: int, request: DecodingRequest, _: DecodingOptions) -> DecodingResult:
        text = GOOD.text if request.is_prompted and row == 1 else FULL
        return replace(
            GOOD, text=text, avg_logprob=-0.1 if request.is_prompted else -0.5
        )

    calls = says(monkeypatch, say)
    decoded_windows = WhisperEngine(model).decode(windows, replace(RU, terms=TERMS))
    assert calls == [(0.0, True, 3), (0.0, False, 1)]
    assert [h.segments[0].avg_logprob for h in decoded_windows] == [-0.1, -0.5, -0.1]


@pytest.mark.parametrize(
    ("letters", "is_one"), [(0, True), (59, True), (60, False), (150, False)]
)
def test_under_six_characters_a_second_are_thin(letters: int, is_one: bool) -> None:
    assert is_thin("а" * letters, 160_000) == is_one


def test_chinese_is_not_thin_at_the_rate_at_which_it_is_spoken() -> None:
    assert not is_thin(
        "今天我们讨论搜索引擎的倒排索引它把每一个词映射到包含这个词的", 160_000
    )
    assert is_thin("今天我们", 160_000)


TO_CPU = (
    'Choose --device cpu (device = "cpu" in [transcribe]), '
    "or copy or convert the model again."
)


@pytest.mark.parametrize(
    ("device", "precision", "what", "remedy"),
    [
        (
            "cpu",
            "float32",
            "in float32 on this CPU",
            "Copy or convert the model again.",
        ),
        (
            "cpu",
            "bfloat16",
            "in bfloat16 on this CPU",
            "Copy or convert the model again.",
        ),
        (
            "cuda",
            "float16",
            "in float16 on this GPU",
            TO_CPU,
        ),
    ],
)
def test_a_whisper_that_computes_no_numbers_is_an_error_with_a_way_that_is_not_taken_yet(
    course: Path, device: Device, precision: Precision, what: str, remedy: str
) -> None:
    path = course / "tiny.pt"
    with pytest.raises(ModelError) as caught:
        check_numbers(
            WhisperChoice("tiny.pt", path, None, device, precision),
            [replace(GOOD, avg_logprob=float("nan"))],
        )
    assert str(caught.value) == (
        f"{path}: Whisper 'tiny.pt' computes what is no number (NaN) {what}. {remedy}"
    )


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_weights_that_are_no_numbers_are_an_error_and_not_a_text(
    course: Path, windows: list[Window], precision: Precision
) -> None:
    broken = load(chosen("tiny.pt", course, precision))
    with torch.no_grad():
        broken.whisper.decoder.ln.weight[:] = float("nan")
    with pytest.raises(ModelError, match="no number"):
        WhisperEngine(broken).decode(windows[:1], RU)


def test_terms_are_part_of_what_a_journal_is_of(course: Path, tmp_path: Path) -> None:
    options = TranscribeOptions(
        model="tiny.pt", language="ru", device="cpu", temperatures=(0.0,), vad="none"
    )
    journal = tmp_path / "journal"
    for terms in ((), ("звук",)):
        path = course / "lecture.wav"
        transcribe(
            "a", [path], ["a.wav"], options, folder=course, journal=journal, terms=terms
        )
    assert journal.with_name("journal.old").is_file()


# Languages


def test_each_window_has_the_probabilities_of_the_allowed_languages(
    model: LoadedWhisper, windows: list[Window]
) -> None:
    from whisper.decoding import detect_language

    sound = sound_of(model, windows)
    with torch.inference_mode():
        _, shares = detect_language(model.whisper, log_mel(model, windows))
        for allowed in (("ru", "en"), ("de", "fr", "ru"), ()):
            found = detect_languages(sound, allowed)
            for row, share in enumerate(shares):
                among = {code: share[code] for code in allowed or share}
                likeliest = max(among, key=lambda code: among[code])
                assert next(iter(found[row])) == likeliest
                assert found[row][likeliest] == pytest.approx(
                    among[likeliest] / sum(among.values()), abs=1e-3
                )
                assert sum(found[row].values()) <= 1.001
        assert detect_languages(sound, ("kk",)) == {
            row: {"kk": 1.0} for row in range(len(windows))
        }


def test_a_window_names_how_likely_its_language_was_unless_it_was_set(
    model: LoadedWhisper, windows: list[Window]
) -> None:
    engine = WhisperEngine(model)
    for decoded in engine.decode(windows[:2], EngineOptions(("ru", "en"))):
        assert next(iter(decoded.how.language_probs)) == decoded.language
        assert sum(decoded.how.language_probs.values()) == pytest.approx(1, abs=0.01)
    for decoded in engine.decode(windows[:2], EngineOptions(("ru",))):
        assert decoded.how.language_probs == {}


def test_a_language_that_this_whisper_does_not_have_is_an_error_and_not_english(
    model: LoadedWhisper, windows: list[Window]
) -> None:
    with pytest.raises(
        ModelError, match="this Whisper does not know the language 'yue'"
    ):
        WhisperEngine(model).decode(windows[:1], EngineOptions(("yue",)))
    assert (
        WhisperEngine(model)
        .decode(windows[:1], EngineOptions(("yue", "ru")))[0]
        .language
        == "ru"
    )


def test_a_whisper_for_english_refuses_a_lecture_that_is_in_another_language() -> None:
    english = SimpleNamespace(is_multilingual=False, num_languages=99)
    load_vocabulary(english)
    assert list(possible_languages(english, ("ru", "en"))) == ["en"]
    assert list(possible_languages(english, ())) == ["en"]
    with pytest.raises(ModelError, match="transcribes English alone, and not 'ru'"):
        possible_languages(english, ("ru",))


def test_the_language_stands_on_each_window(
    model: LoadedWhisper, windows: list[Window]
) -> None:
    assert {
        h.language
        for h in WhisperEngine(model).decode(windows, EngineOptions(("ru", "en")))
    } <= {
        "ru",
        "en",
    }


def test_one_language_or_several_are_asked_for() -> None:
    both = TranscribeOptions(languages=("ru", "en"))
    assert as_engine_options(both).languages == ("ru", "en")
    assert as_engine_options(both.model_copy(update={"language": "de"})).languages == (
        "de",
    )
    with pytest.raises(CourseError, match="does not know the language 'xx'"):
        check_languages(("ru", "xx"))


# Word times


def test_words_are_timed_as_whisper_times_them(
    model: LoadedWhisper, windows: list[Window]
) -> None:
    tokenizer = tokenizer_of(model.whisper, "ru")
    texts = [
        tokenizer.encode(" Сначала мы слышим звук, «речь»."),
        [],
        tokenizer.encode(" А потом — слова; и ещё раз слова, слова."),
    ]
    spans = [window.end - window.start for window in windows]
    said = {
        row: AlignmentRequest("ru", tuple(text), spans[row])
        for row, text in enumerate(texts)
    }
    with torch.inference_mode():
        found = align_words(sound_of(model, windows), said)
    assert found[1] == ()
    for row in (0, 2):
        mel = log_mel(model, [windows[row]])[0]
        theirs = find_alignment(
            model.whisper, tokenizer, texts[row], mel, round(spans[row] * 100)
        )
        assert "".join(word.text for word in found[row]) == "".join(
            word.word for word in theirs
        )
        begun = {round(float(word.start), 2): word.probability for word in theirs}
        for word in found[row]:
            assert min(abs(start - word.start) for start in begun) <= 0.02
        assert found[row][0].probability == pytest.approx(
            theirs[0].probability, abs=1e-4
        )
        assert [word.start for word in found[row]] == sorted(
            word.start for word in found[row]
        )


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (1, 40), (30, 20), (20, 300)])
def test_the_cheapest_path_is_whispers(rows: int, columns: int) -> None:
    # rounded, so that some are equal
    costs = np.random.default_rng(rows).normal(size=(rows, columns)).round(1)
    from whisper.timing import dtw_cpu

    of_row, of_column = dtw_cpu(costs)
    assert first_columns(costs) == [
        int(of_column[of_row == row].min()) for row in range(rows)
    ]


def test_words_make_up_their_segments_and_lie_in_their_window(
    either: LoadedWhisper, windows: list[Window]
) -> None:
    decoded_windows = WhisperEngine(either).decode(
        windows, replace(RU, word_times=True)
    )
    assert any(
        len(segment.words) > 1
        for decoded in decoded_windows
        for segment in decoded.segments
    )
    for decoded in decoded_windows:
        assert (
            "".join(word.text for s in decoded.segments for word in s.words).strip()
            == decoded.text.strip()
        )
        for word in (word for segment in decoded.segments for word in segment.words):
            assert decoded.start <= word.start <= word.end <= decoded.end
            assert word.probability is not None
            assert 0 <= word.probability <= 1
    without = WhisperEngine(either).decode(windows, RU)
    assert [h.text for h in without] == [h.text for h in decoded_windows]


# Draws


@pytest.mark.parametrize("temperature", [0.0, 0.6])
def test_what_is_said_of_a_window_does_not_depend_on_its_neighbours(
    either: LoadedWhisper, windows: list[Window], temperature: float
) -> None:
    ask = replace(RU, temperatures=(temperature,))
    together = WhisperEngine(either).decode(windows, ask)
    alone = [
        decoded
        for window in reversed(windows)
        for decoded in WhisperEngine(either).decode([window], ask)
    ]
    assert [h.text for h in together] == [h.text for h in reversed(alone)]


def test_a_lack_of_memory_is_one_line_that_names_the_way_out(
    model: LoadedWhisper, windows: list[Window], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory")

    monkeypatch.setattr(whisper_engine, "decode_windows", fail)
    with pytest.raises(ModelError, match="batch_size"):
        WhisperEngine(model).decode(windows, RU)
