"""Notes without a language model: what they look like, and what holds for every transcript."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from konspekt.course.settings import NotesOptions
from konspekt.data import Chapter, Notes, Sentence, Transcript
from konspekt.notes import take_notes
from tests.notes.builders import transcript

DEMO = Path(__file__).parents[2] / "tools" / "demo"

INDEX = [
    "Начнём с обратного индекса.",
    "Обратный индекс — это словарь, где для каждого слова хранится список документов.",
    "Такой список называется posting list.",
    "Номера документов в posting list лежат по возрастанию.",
    "Ещё раз, ещё раз, это вообще важная история.",
    "Поверх Lucene построен Elasticsearch, и в Lucene лежит обратный индекс.",
    "Нечёткий поиск опирается на расстояние Левенштейна.",
]
VECTORS = [
    "Теперь поговорим про эмбеддинги.",
    "Эмбеддинг — это вектор фиксированной длины.",
    "Близость эмбеддингов меряют через косинус угла.",
    "Косинус угла для одинаковых векторов равен единице.",
    "Такой граф называется HNSW, hierarchical navigable small world.",
    "Граф соседей строят заранее, и параметр M менять нельзя.",
    "Параметр M решает, сколько рёбер графа хранить.",
]


def notes_of(lines: list[str], **settings: object) -> Notes:
    language = str(settings.pop("language", "ru"))
    spoken = transcript(lines, language=language, **settings)  # type: ignore[arg-type]
    return take_notes(spoken, NotesOptions(), folder=None, answers=None)


def texts(chapter: Chapter) -> list[str]:
    return [statement.text for statement in chapter.statements]


def test_russian_lecture_becomes_chapters_of_nominal_sentences() -> None:
    notes = notes_of(INDEX + VECTORS, seconds=25.0)
    assert notes.method == "outline"
    assert [chapter.title for chapter in notes.chapters] == [
        "Обратный индекс",
        "Эмбеддинги",
    ]
    first, second = notes.chapters
    assert texts(first) == [
        "Список документов.",
        "Posting list.",
        "Номера документов.",
        "Elasticsearch.",
        "Lucene.",
        "Нечёткий поиск.",
        "Расстояние Левенштейна.",
    ]
    assert texts(second) == [
        "Эмбеддинг: вектор фиксированной длины.",
        "Косинус угла.",
        "HNSW (hierarchical navigable small world).",
        "Граф соседей.",
        "Параметр M.",
        "Рёбра графа.",
    ]


def test_english_lecture_becomes_chapters_of_nominal_sentences() -> None:
    lines = [
        "Let's start with the inverted index.",
        "An inverted index is a dictionary of words.",
        "The list of documents is called a posting list.",
        "If a query has two words, we intersect two posting lists.",
        "Elasticsearch is built on top of Lucene, and Lucene keeps posting lists.",
        "Now let's move on to ranking.",
        "BM25 is the ranking function that most engines use.",
        "MRR, mean reciprocal rank, tells where the first relevant document is.",
        "BM25 has two parameters, and MRR has none.",
    ]
    notes = notes_of(lines, language="en", seconds=35.0)
    assert [chapter.title for chapter in notes.chapters] == [
        "Inverted index",
        "Ranking",
    ]
    assert "Posting lists." in texts(notes.chapters[0])
    assert "Lucene." in texts(notes.chapters[0])
    assert texts(notes.chapters[1])[:2] == [
        "BM25: ranking function.",
        "MRR (mean reciprocal rank).",
    ]


@pytest.mark.parametrize(
    ("said", "statement"),
    [
        ("Для этого строят обратный индекс. ", "Обратный индекс."),
        ("Мы говорим об обратных индексах. ", "Обратные индексы."),
        (
            "Мы измеряем качество полнотекстового поиска. ",
            "Качество полнотекстового поиска.",
        ),
        ("Здесь помогает косинусная близость. ", "Косинусная близость."),
        ("Мы смотрим на косинусную близость. ", "Косинусная близость."),
        ("За неё отвечает параметр k1. ", "Параметр k1."),
        ("Асессоры нужны для метрики nDCG. ", "Метрика nDCG."),
        ("Вот как устроены A/B тесты. ", "A/B тесты."),
        ("По расстоянию Левенштейна находят опечатки. ", "Расстояние Левенштейна."),
        ("Здесь обучают большую языковую модель. ", "Языковая модель."),
        ("Есть ещё approximate nearest neighbors. ", "Approximate nearest neighbors."),
    ],
)
def test_noun_phrase_stands_in_the_nominative_and_agrees(
    said: str, statement: str
) -> None:
    (chapter,) = notes_of([said, said]).chapters
    shown = " ".join([*texts(chapter), f"{chapter.title}."]).casefold()
    assert statement.casefold().rstrip(".") in shown


@pytest.mark.parametrize(
    "junk",
    ["история", "штука", "дело", "момент", "вещь", "случай", "раз", "вопрос", "пример"],
)
def test_words_of_speech_are_no_statements(junk: str) -> None:
    (chapter,) = notes_of(
        [
            f"Это вообще в целом какая-то важная {junk}.",
            f"Вот такая {junk}.",
            *INDEX[1:4],
        ]
    ).chapters
    assert not any(junk in text.casefold() for text in [*texts(chapter), chapter.title])


def test_misspelled_word_that_comes_once_is_no_statement() -> None:
    (chapter,) = notes_of([*INDEX[1:4], "Тут какая-то абырвалга получилась."]).chapters
    assert not any("абырвалг" in text.casefold() for text in texts(chapter))


@pytest.mark.parametrize(
    ("cue", "title"),
    [
        ("Хорошо, тогда перейдём к гибридному поиску.", "Гибридный поиск"),
        ("Теперь поговорим про RAG, retrieval-augmented generation.", "RAG"),
        ("Теперь поговорим про главную метрику, она называется WER.", "WER"),
        ("Что касается бенчмарков, их много.", "Бенчмарки"),
        ("Давайте рассмотрим нечёткий поиск.", "Нечёткий поиск"),
        ("Начнём с простого вопроса: зачем нужен индекс?", "Индекс"),
        ("Давайте подведём итоги.", "Итоги"),
        ("Домашнее задание на следующую неделю.", "Домашнее задание"),
    ],
)
def test_title_is_what_the_lecturer_announces(cue: str, title: str) -> None:
    (chapter,) = notes_of([cue, "Тут есть над чем подумать."]).chapters
    assert chapter.title == title


def test_plan_for_later_begins_no_chapter() -> None:
    plan = "А во второй половине перейдём к эмбеддингам."
    notes = notes_of([*INDEX[:4], plan, *INDEX[4:], *VECTORS], seconds=25.0)
    assert [chapter.title for chapter in notes.chapters] == [
        "Обратный индекс",
        "Эмбеддинги",
    ]


@pytest.mark.parametrize(
    ("minutes", "fewest", "most"), [(3, 1, 1), (20, 2, 6), (76, 6, 16)]
)
def test_number_of_chapters_follows_the_length(
    minutes: int, fewest: int, most: int
) -> None:
    subjects = [
        "индекс документов",
        "граф соседей",
        "вектор запроса",
        "метрика поиска",
        "словарь синонимов",
    ]
    count = minutes * 60 // 10
    lines = [
        f"Здесь нужен {subjects[i * len(subjects) * 3 // count % 5]} номер {i % 7}."
        for i in range(count)
    ]
    assert fewest <= len(notes_of(lines, seconds=10.0).chapters) <= most


def test_options_bound_statements_and_terms() -> None:
    few = NotesOptions(statements_per_chapter=2, terms=3)
    notes = take_notes(
        transcript(INDEX + VECTORS, seconds=25.0), few, folder=None, answers=None
    )
    assert all(len(chapter.statements) <= 2 for chapter in notes.chapters)
    assert len(notes.terms) == 3
    none = NotesOptions(terms=0)
    assert take_notes(transcript(INDEX), none, folder=None, answers=None).terms == ()


def test_terms_know_every_place() -> None:
    notes = notes_of(INDEX + VECTORS)
    term = next(term for term in notes.terms if term.text == "обратный индекс")
    assert (term.start, term.count, term.evidence) == (0.0, 3, ("0:0", "1:0", "5:0"))


def test_other_language_is_read_without_lists() -> None:
    notes = notes_of(
        ["Der Suchindex ist ein Wörterbuch.", "Suchindex und Wörterbuch."] * 3,
        language="de",
    )
    assert notes.chapters
    assert_sound(notes, transcript(["x"] * 6))


@pytest.mark.parametrize("name", ["search", "metrics"])
def test_demo_lecture_is_told_without_repeats(name: str) -> None:
    lines = [
        x
        for x in (DEMO / f"{name}.txt").read_text().splitlines()
        if x and not x.startswith("[")
    ]
    spoken = transcript(lines, seconds=5.0)
    notes = take_notes(spoken, NotesOptions(), folder=None, answers=None)
    assert_sound(notes, spoken)
    said = [text.casefold() for chapter in notes.chapters for text in texts(chapter)]
    assert len(set(said)) == len(said)
    assert len({chapter.title for chapter in notes.chapters}) == len(notes.chapters)


# ---------------------------------------------------------------------------------------- for every

WORDS = [
    "обратный",
    "индекс",
    "и",
    "graph,",
    "это",
    "—",
    "X.",
    "BM25",
    "по",
    "тексту",
    "A/B",
    "тесты",
    "",
]
ODD = [
    "🙂🙂🙂",
    "\x00\x07\x1b[31m",
    "\u202eобратный\u202c индекс",
    "שלום עולם",
    "—",
    "3.14",
]
ANY_LINE = st.one_of(
    st.text(max_size=40),
    st.sampled_from([*INDEX, *VECTORS, *ODD]),
    st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join),
)


@st.composite
def any_transcript(draw: st.DrawFn) -> Transcript:
    """Sentences by time, of any text; neighbours may overlap, and pauses may be long."""
    sentences, time = [], draw(st.floats(0, 1000))
    for number, line in enumerate(draw(st.lists(ANY_LINE, max_size=25))):
        end = time + draw(st.floats(0, 90))
        sentences.append(
            Sentence(f"{number}:0", number, time, 0, len(line), time, end, line)
        )
        time += draw(st.floats(0, 120))
    return Transcript(
        "lecture", draw(st.sampled_from(["ru", "en", "de"])), tuple(sentences), ()
    )


def assert_sound(notes: Notes, spoken: Transcript) -> None:
    by_id = {sentence.id: sentence for sentence in spoken.sentences}
    assert bool(notes.chapters) == bool(spoken.sentences)
    for before, after in pairwise(notes.chapters):
        assert before.end == after.start
    for chapter in notes.chapters:
        assert chapter.title.strip()
        assert chapter.title.isprintable()
        assert chapter.start <= chapter.end
        starts = [statement.start for statement in chapter.statements]
        assert starts == sorted(starts)
        for statement in chapter.statements:
            assert statement.text.isprintable()
            assert statement.evidence
            assert statement.start == min(
                by_id[name].start for name in statement.evidence
            )
            assert statement.end == max(by_id[name].end for name in statement.evidence)
            assert chapter.start <= statement.start <= chapter.end
    assert all(set(term.evidence) <= set(by_id) for term in notes.terms)


@given(any_transcript())
@settings(max_examples=120, deadline=None)
def test_notes_of_anything_are_sound(spoken: Transcript) -> None:
    notes = take_notes(spoken, NotesOptions(), folder=None, answers=None)
    assert_sound(notes, spoken)
    assert notes == take_notes(spoken, NotesOptions(), folder=None, answers=None)


@pytest.mark.parametrize(
    "lines", [[], [""], ["Обратный индекс."], ["🙂"], ["\x00\x1b"], ["да"] * 200]
)
def test_notes_of_next_to_nothing_are_sound(lines: list[str]) -> None:
    spoken = transcript(lines)
    assert_sound(take_notes(spoken, NotesOptions(), folder=None, answers=None), spoken)
