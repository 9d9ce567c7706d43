"""What the gate lets pass, and the small parts around it: replies, secrets, stored answers."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.course.settings import LLMOptions
from konspekt.endpoint.client import AnswerError
from konspekt.endpoint.secret import Secret, key_from
from konspekt.errors import EndpointError, StoreError
from konspekt.notes import FolderAnswers
from konspekt.notes.llm.gate import Claim, refuse
from konspekt.notes.llm.reply import content_of, read_reply


@pytest.mark.parametrize(
    ("statement", "evidence", "language"),
    [
        (
            "Тонкая настройка методом LoRA.",
            "Тонкую настройку делают методом лора.",
            "ru",
        ),
        ("Формула Карен Спарк Джонс.", "Формулу предложила Карен Спарк Джонс.", "ru"),
        (
            "Идея Левенштейна о расстоянии.",
            "Расстояние придумал Левенштейн, это его идея.",
            "ru",
        ),
        ("Параметр b равен 0,75.", "Параметр b по умолчанию 0.75.", "ru"),
        ("Три шага подхода RAG.", "В подходе RAG три шага.", "ru"),
        (
            "Двумя списками в запросе.",
            "В запросе два списка, и двумя указателями мы идём.",
            "ru",
        ),
        (
            "Фраза «мне кажется, стало лучше».",
            "Ведь фраза «Мне кажется стало лучше» не измерение.",
            "ru",
        ),
        ("Posting list.", "Это posting list.", "ru"),
        ("Измерение качества поиска.", "Теперь измерим качество поиска.", "ru"),
        ("Inverted index as a dictionary.", "An inverted index is a dictionary.", "en"),
        ("Ranking with BM25.", "We rank with BM25.", "en"),
    ],
)
def test_statement_that_rests_on_its_sentences_passes(
    statement: str, evidence: str, language: str
) -> None:
    assert refuse(Claim(statement, evidence, language)) is None


@pytest.mark.parametrize(
    ("statement", "evidence", "language", "reason"),
    [
        ("Париж и списки документов.", "Здесь списки документов.", "ru", "Париж"),
        (
            "Пятьсот документов в списках.",
            "Двести документов в списках.",
            "ru",
            "Пятьсот",
        ),
        ("Параметр k2 и насыщение.", "Параметр k1 и насыщение.", "ru", "2"),
        ("Индекс B2 и списки.", "Индекс и списки, всего 2.", "ru", "B2"),
        ("Three lists of documents.", "Two lists of documents.", "en", "Three"),
        ("Lists of documents in Lucene.", "Lists of documents.", "en", "Lucene"),
        ("Списки документов, слова.", "Lists of documents, words.", "en", "language"),
        ("…", "Списки.", "ru", "no words"),
    ],
)
def test_statement_that_adds_something_does_not(
    statement: str, evidence: str, language: str, reason: str
) -> None:
    assert reason in (refuse(Claim(statement, evidence, language)) or "")


@given(st.text(max_size=300), st.text(max_size=100))
def test_any_text_is_read_or_refused(text: str, evidence: str) -> None:
    refuse(Claim(text, evidence, "ru"))
    try:
        reply = read_reply(text, "instructions")
    except AnswerError:
        return
    assert all(line.numbers and line.text for line in reply.lines)


@given(st.text(max_size=200))
def test_any_body_is_a_completion_or_refused(body: str) -> None:
    with pytest.raises(AnswerError):
        content_of(body)


@pytest.mark.parametrize(
    ("line", "numbers"),
    [
        ("S3 | x", (3,)),
        ("S3,S4 | x", (3, 4)),
        ("S3, 4 | x", (3, 4)),
        ("- S3; S5 | x", (3, 5)),
        ("[S3-S6] | x", (3, 4, 5, 6)),
        ("S3–5 | x", (3, 4, 5)),
        ("S1-S900 | x", (1, 900)),
        ("S4,S4 | x", (4,)),
    ],
)
def test_numbers_of_a_line(line: str, numbers: tuple[int, ...]) -> None:
    assert read_reply(f"# t\n{line}", "").lines[0].numbers == numbers


def with_key(variable: str | None) -> LLMOptions:
    return LLMOptions(base_url="http://localhost/v1", model="m", api_key_env=variable)


def test_secret_shows_itself_to_nobody() -> None:
    secret = Secret("sk-CANARY")
    assert f"{secret} {secret!r} {secret:>9} {[secret]}" == "*** *** *** [***]"
    assert secret.hide_in("a sk-CANARY b") == "a *** b"
    with pytest.raises(TypeError):
        pickle.dumps(secret)


def test_key_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("K", " sk-1 ")
    found = key_from(with_key("K"))
    assert found is not None
    assert found.reveal() == "sk-1"
    assert key_from(with_key(None)) is None
    monkeypatch.delenv("K")
    with pytest.raises(EndpointError, match="K holds no key"):
        key_from(with_key("K"))


def test_answers_are_files_of_their_folder_whatever_the_key(tmp_path: Path) -> None:
    folder = tmp_path / "answers"
    answers = FolderAnswers(folder)
    assert answers.get("../../x") is None
    answers.put("../../x", "ответ\ud800")
    assert answers.get("../../x") == "ответ?"
    assert [path.parent for path in tmp_path.rglob("*.txt")] == [folder]


def test_answer_that_is_no_text_is_none(tmp_path: Path) -> None:
    answers = FolderAnswers(tmp_path)
    answers.put("k", "x")
    next(tmp_path.iterdir()).write_bytes(b"\xff\xfe")
    assert answers.get("k") is None


def test_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError):
        FolderAnswers(tmp_path / "file").put("k", "x")
