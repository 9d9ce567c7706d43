"""What the demo Whisper is trained on: text that does not give the test away, and windows that say
what is in them.
"""

from __future__ import annotations

import random
from itertools import pairwise

import numpy as np
import pytest
import torch
from whisper.audio import log_mel_spectrogram

from tools.speech import train, windows
from tools.speech.corpus import (
    SENTENCES,
    SPEEDS,
    UNSEEN_SPEED,
    UNSEEN_VARIANT,
    Clip,
    draw_voice,
)
from tools.speech.grammar import (
    lines,
    n_grams,
    spoken,
    training_text,
    vocabulary,
    words,
)
from tools.speech.muon import SIZE, Muon, orthogonal
from tools.speech.train import (
    STAGES,
    Student,
    log_mel,
    make_batch,
    stage_of,
    total_steps,
)
from tools.speech.windows import Corpus, Vocabulary, Window

RATE_HZ = 16_000


@pytest.fixture(scope="module")
def text() -> list[str]:
    return training_text(SENTENCES)


@pytest.mark.slow
def test_no_kept_out_sentence_shares_more_than_half_of_its_four_grams_with_the_training_text(
    text: list[str],
) -> None:
    known = set(n_grams(text))
    kept_out = [*lines("lecture.txt"), *lines("unseen.txt")]
    shares = {}
    for sentence in kept_out:
        found = list(n_grams([sentence]))
        shares[sentence] = sum(gram in known for gram in found) / max(1, len(found))
    assert len(lines("unseen.txt")) == 50
    assert max(shares.values()) <= 0.5
    assert sum(shares.values()) / len(shares) < 0.01


@pytest.mark.slow
def test_no_kept_out_sentence_of_two_words_or_more_is_trained_on(
    text: list[str],
) -> None:
    trained = {tuple(words(sentence)) for sentence in text}
    assert not trained & {
        tuple(words(line))
        for name in ("lecture.txt", "unseen.txt")
        for line in lines(name)
    }


@pytest.mark.slow
def test_every_word_is_trained_on_often_in_text_made_of_the_vocabulary_alone(
    text: list[str],
) -> None:
    counts = dict.fromkeys((form.lower().replace("ё", "е") for form in vocabulary()), 0)
    for sentence in text:
        for word in words(sentence):
            counts[word] += 1
    assert min(counts.values()) > 50


def test_the_same_seed_makes_the_same_text() -> None:
    assert training_text(50) == training_text(50)
    assert training_text(50) != training_text(50, seed=1)


def test_the_unseen_voice_and_the_unseen_speed_are_not_drawn() -> None:
    rng = random.Random(0)
    drawn = [draw_voice(rng) for _ in range(2000)]
    assert UNSEEN_VARIANT not in {voice.variant for voice in drawn}
    assert UNSEEN_SPEED > SPEEDS[1] >= max(voice.speed for voice in drawn)


def test_a_dash_belongs_to_the_word_before_it_and_terms_are_spelled_out() -> None:
    assert spoken("Звук — это GPU.") == [
        ("Звук —", "Звук —"),
        ("это", "это"),
        ("GPU.", "джи пи ю."),
    ]


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    """Two voices of noise, three clips each: what the words are said with does not matter here."""
    rng = np.random.default_rng(0)
    samples = (rng.standard_normal(6 * 2 * RATE_HZ) * 3000).astype(np.int16)
    clips = [
        Clip(
            text=("Сеть", "пишет", "текст."),
            said=("Сеть", "пишет", "текст."),
            times=((0.1, 0.6), (0.7, 1.2), (1.3, 1.9)),
            voice=f"v{index // 3}",
            start=index * 2 * RATE_HZ,
            end=(index + 1) * 2 * RATE_HZ,
        )
        for index in range(6)
    ]
    return Corpus(samples, clips)


def test_the_segments_of_a_window_are_in_order_and_lie_in_it(corpus: Corpus) -> None:
    for seed in range(200):
        window = windows.build(corpus, 12.0, random.Random(seed))
        assert len(window.samples) == 12 * RATE_HZ
        assert np.isfinite(window.samples).all()
        assert all(
            0 <= segment.start < segment.end <= 12 for segment in window.segments
        )
        assert all(one.end <= two.start for one, two in pairwise(window.segments))


def test_harsh_windows_are_more_often_without_speech_and_some_are_clipped_or_without_high_notes(
    corpus: Corpus,
) -> None:
    plain, harsh = (
        [
            windows.build(corpus, 12.0, random.Random(seed), harsh=harsh)
            for seed in range(300)
        ]
        for harsh in (False, True)
    )
    assert sum(not window.segments for window in harsh) > 1.3 * sum(
        not window.segments for window in plain
    )
    assert all(
        np.isfinite(window.samples).all() and window.samples.dtype == np.float32
        for window in harsh
    )

    def is_clipped(window: Window) -> bool:
        loudest = np.abs(window.samples).max()
        return bool(np.count_nonzero(np.abs(window.samples) == loudest) > 100)

    def is_without_high_notes(window: Window) -> bool:
        power = np.abs(np.fft.rfft(window.samples)) ** 2
        return bool(power[round(5000 * 12.0) :].sum() < 1e-9 * power.sum())

    for is_bad in (is_clipped, is_without_high_notes):
        assert sum(map(is_bad, harsh)) > sum(map(is_bad, plain)) + 5


def test_a_word_that_lies_outside_for_the_most_part_is_not_asked_for(
    corpus: Corpus,
) -> None:
    window = Window(np.zeros(2 * RATE_HZ, np.float32))
    clip = corpus.clips[0]
    windows._place(
        window, corpus.sound(clip), clip, -round(0.45 * RATE_HZ), 2 * RATE_HZ
    )
    (segment,) = window.segments
    assert segment.text == "пишет текст."
    assert (segment.start, segment.end) == pytest.approx((0.25, 1.45))


def test_the_answer_is_whispers_own_with_stamps_that_count_the_place_of_the_window() -> (
    None
):
    window = Window(
        np.zeros(RATE_HZ),
        [
            windows.Segment(
                0.5, 0.9, "Сеть пишет.", "Сеть пишет.", [(0.5, 0.7), (0.7, 0.9)]
            )
        ],
    )
    rng = random.Random(3)
    vocabulary_ = Vocabulary(vocabulary())
    told, asked = windows.answer(window, vocabulary_, 10.0, rng, stamps=True)
    whisper = vocabulary_.tokenizer
    begin = whisper.timestamp_begin
    body = [begin + 525, *whisper.encode(" Сеть пишет."), begin + 545]
    assert told == [
        whisper.sot,
        whisper.to_language_token("ru"),
        whisper.transcribe,
        *body,
    ]
    assert asked == [*told[1:], whisper.eot]
    assert all(number < len(vocabulary_) for number in vocabulary_.numbers(asked))


def test_where_nobody_speaks_the_first_step_shall_say_so_and_no_text_follows() -> None:
    vocabulary_ = Vocabulary(vocabulary())
    whisper = vocabulary_.tokenizer
    told, asked = windows.answer(
        Window(np.zeros(9)), vocabulary_, 0.0, random.Random(3), stamps=True
    )
    assert asked == [whisper.no_speech, -100, whisper.timestamp_begin, whisper.eot]
    assert told == [
        whisper.sot,
        whisper.to_language_token("ru"),
        whisper.transcribe,
        whisper.timestamp_begin,
    ]


def test_every_written_token_has_the_time_at_which_its_word_is_said(
    corpus: Corpus,
) -> None:
    vocabulary_ = Vocabulary(vocabulary())
    stamp = vocabulary_.tokenizer.timestamp_begin
    for seed in range(60):
        rng = random.Random(seed)
        window = windows.build(corpus, 12.0, rng)
        _, asked = windows.answer(window, vocabulary_, 0.0, rng, stamps=seed % 3 > 0)
        spans = windows.spans(window, asked, vocabulary_)
        assert len(spans) == len(asked)
        if not window.segments:
            continue
        for place, (token, span) in enumerate(zip(asked, spans, strict=True)):
            assert (span is not None) == (
                0 <= token < vocabulary_.tokenizer.eot or token >= stamp
            )
            if (
                token >= stamp
                and span is not None
                and asked.index(token) == place > len(asked) // 2
            ):
                assert (
                    span[0] == span[1] == pytest.approx((token - stamp) / 50, abs=0.011)
                )
        times = [
            span
            for token, span in zip(asked, spans, strict=True)
            if span is not None and token < stamp
        ]
        assert times == sorted(times)


def test_letters_are_what_is_said_not_what_is_written() -> None:
    window = Window(
        np.zeros(1),
        [windows.Segment(0, 1, "GPU — да.", "джи пи ю — да.", [(0, 0.5), (0.6, 1)])],
    )
    assert (
        "".join(windows.ALPHABET[number - 1] for number in windows.letters(window))
        == "джи пи ю да"
    )


def test_spectrograms_of_a_batch_are_whispers_own(corpus: Corpus) -> None:
    samples = torch.from_numpy(
        np.stack(
            [
                windows.build(corpus, 6.0, random.Random(seed)).samples
                for seed in range(4)
            ]
        )
    )
    alone = torch.stack([log_mel_spectrogram(one) for one in samples])
    assert torch.equal(log_mel(samples), alone)


def test_a_step_has_the_same_windows_in_every_run_whatever_its_stage(
    corpus: Corpus,
) -> None:
    vocabulary_ = Vocabulary(vocabulary())
    student = Student(vocabulary_)
    first = 0
    for stage in STAGES:
        assert stage_of(first) is stage
        one, two = (make_batch(first, corpus, corpus, vocabulary_) for _ in range(2))
        assert torch.equal(one.mel, two.mel)
        assert torch.equal(one.told, two.told)
        assert int(one.told.max()) <= vocabulary_.other
        assert one.told.shape[1] <= student.whisper.dims.n_text_ctx
        first += stage.steps
    assert first == total_steps()


def test_muon_brings_singular_values_near_1_and_takes_steps_of_the_size_it_says() -> (
    None
):
    torch.manual_seed(1)
    values = torch.linalg.svdvals(orthogonal(torch.randn(3, 24, 96)))
    assert values.min() > 0.6
    assert values.max() < 1.3
    for shape in ((24, 96), (96, 24)):
        matrix = torch.nn.Parameter(torch.zeros(shape))
        matrix.grad = torch.randn(shape)
        Muon([matrix], lr=0.01, weight_decay=0.0).step()
        assert matrix.detach().square().mean().sqrt() == pytest.approx(
            0.01 * SIZE, rel=0.2
        )


def test_the_optimizer_of_the_matrices_changes_and_the_others_goes_on() -> None:
    student = train.Student(Vocabulary(vocabulary()))
    (adam,) = train.optimizers_of(student, muon=False)
    for value in student.parameters():
        value.grad = torch.ones_like(value)
    adam.step()
    muon, rest = train.with_muon(student, adam)
    shapes = {tuple(value.shape) for value in muon.param_groups[0]["params"]}
    assert shapes == {(192, 192), (192, 768), (768, 192)}
    kept = rest.param_groups[0]["params"]
    assert len(kept) + len(muon.param_groups[0]["params"]) == len(
        list(student.parameters())
    )
    assert all(rest.state[value] is adam.state[value] for value in kept)
