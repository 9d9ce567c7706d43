"""Every rule takes off what its name says and nothing else."""

from __future__ import annotations

import tomllib
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.course.templates import shipped_folder
from konspekt.errors import KonspektError
from konspekt.score.profiles import normalise
from konspekt.score.rules import apply, rules
from konspekt.score.settle import RULES

PIECES = (
    "мой Ещё ё и\u0306 и\u0301 замо\u0301к с\u0450 C++ C# F# c+d 3.14 3,14 1. ,2 50% кое-что "
    "- — – «Да» don't don’t"
)
PIECES += (
    " <b> </i> [смех] [ ] < > (скобки) a_b №5 \u00ad \u200b \ufeff ☺\ufe0f … + ++ # % É "
    "café e\u0301 ΑΣ İ 2+2 x²"
)
PIECES += " 1\u00a0000 \u2011 \t \n ' ` Ａ -5 –5 −5 = ( a[i] <y y> [a][b] <v x>"
TEXTS = st.lists(st.sampled_from([*PIECES.split(" "), " ", "  "]), max_size=12).map(
    "".join
)


@pytest.mark.parametrize(
    ("rule", "before", "after"),
    [
        ("nfc", "мои\u0306 е\u0308лка", "мой елка"),
        (
            "stress",
            "замо\u0301к с\u0450ло сло\u00adво раз\u200bдва",
            "замок село слово раздва",
        ),
        ("case", "Всем ПРИВЕТ", "всем привет"),
        ("yo", "ещё Ёлка", "еще елка"),
        ("tags", "да [смех] нет <b>вот</b> (тут)", "да нет вот тут"),
        ("punctuation", "«Да», — №5; это… (всё)! a_b = ~", "да 5 это все a b"),
        ("hyphens", "кое-что по\u2011моему", "кое что по моему"),
        ("spaces", " раз\u00a0два\t\nтри\u2009 ", "раз два три"),
    ],
)
def test_a_rule_of_ru_does_its_work_and_matters(
    rule: str, before: str, after: str
) -> None:
    assert apply(before, "ru") == after
    assert apply(before, "ru", without=[rule]) != after


def test_rules_have_an_order_and_the_page_says_what_each_does() -> None:
    names = [rule.name for rule in rules("ru")]
    assert names == [
        "nfc",
        "stress",
        "case",
        "yo",
        "tags",
        "punctuation",
        "hyphens",
        "spaces",
    ]
    assert [rule.name for rule in rules("en")] == [
        name for name in names if name != "yo"
    ]
    assert rules("raw") == ()
    said = tomllib.loads(
        (shipped_folder() / "score" / "words.toml").read_text(encoding="utf-8")
    )
    names += [*RULES, "whisper-basic", "whisper-english"]
    for language in said.values():
        assert language["rules_do"].keys() == set(names)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("C++, C# и F#; C++17 и C", "c++ c# и f# c++17 и c"),
        ("a+b, 2+2, c+++", "a b 2 2 c"),
        ("C++-код", "c++ код"),
        ("3.14 и 3,14. Да,нет 1. 2", "3.14 и 3,14 да нет 1 2"),
        ("50% или 50 %", "50 % или 50 %"),
        ("GPT-4o, Node.js, и т.д.", "gpt 4o node js и т д"),
        ("если a < b и c > d", "если a b и c d"),
        ("16-й, 1950-е, 5-7", "16 й 1950 е 5 7"),
        ("☺\ufe0f да 👍", "да"),
        ("[00:01:02] раз [неразборчиво", "раз неразборчиво"),
        ("мой мои", "мой мои"),
        ("café", "café"),
        ("", ""),
    ],
)
def test_ru_keeps_what_is_said(before: str, after: str) -> None:
    assert apply(before, "ru") == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Don’t 'quote' it: state-of-the-art", "don't quote it state of the art"),
        ("rock 'n' roll, students' C++", "rock n roll students c++"),
        ("Ёлка", "ёлка"),
    ],
)
def test_en_keeps_apostrophes_inside_words_and_yo(before: str, after: str) -> None:
    assert apply(before, "en") == after


def test_raw_changes_nothing() -> None:
    assert apply(" Ещё… ", "raw") == " Ещё… "


@given(TEXTS, st.sampled_from(["raw", "ru", "en"]))
def test_applying_twice_is_applying_once(text: str, profile: str) -> None:
    once = apply(text, profile)
    assert apply(once, profile) == once


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x<y и y>z", "x y и y z"),
        ("a<b и c>d", "a b и c d"),
        ("a[i] равно b[j], a[i][j]", "a i равно b j a i j"),
        ("список[0] и [1]список", "список 0 и 1 список"),
        ("List<int> и map<string, int>", "list int и map string int"),
        ("да [смех], (<unk>) «<шум>,» [смех][шум].[кашель] нет", "да нет"),
        ("<b>раз</b>два<i>три</i>", "раз два три"),
        ("[смех]<b>раз</b>[шум]", "раз"),
        ('<font color="#fff">раз</font>два<br/>три', "раз два три"),
        ("<v Анна>раз</v><v.loud Иван Ильич>два", "раз два"),
        ("<c.x.y>раз</c>два<lang ru>три</lang>", "раз два три"),
        ("раз<00:01:02.000>два<01:02.500><c>три</c>", "раз два три"),
        ("<FONT FACE=Arial>раз</FONT>", "раз"),
    ],
)
def test_a_bracket_pair_is_a_tag_unless_it_is_part_of_what_is_said(
    before: str, after: str
) -> None:
    assert apply(before, "ru") == apply(before, "en") == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("-5", "-5"),
        ("\u22125 и \u20135", "-5 и -5"),
        ("от -10,5 до (-3); x=-2, «-1»", "от -10,5 до -3 x -2 -1"),
        ("-5% и -16-й", "-5 % и -16 й"),
        ("3-5, 2020\u20132024, 5\u22123", "3 5 2020 2024 5 3"),
        ("2020 \u20132024, стр. 5 -7", "2020 2024 стр 5 7"),
        ("Ту-154, 16-й, C++-17, 10%-20%", "ту 154 16 й c++ 17 10 % 20 %"),
        ("да \u2013 5, - 5, --5, \u2014 5, \u20145", "да 5 5 5 5 5"),
        ("-а, -", "а"),
    ],
)
def test_a_minus_is_part_of_its_number(before: str, after: str) -> None:
    assert apply(before, "ru") == apply(before, "en") == after
    assert apply(before, "ru", without=["punctuation", "hyphens"]) == " ".join(
        before.lower().split()
    )


@given(TEXTS)
def test_what_ru_leaves_has_single_spaces_and_no_mark_that_it_takes_off(
    text: str,
) -> None:
    left = apply(text, "ru")
    assert left == " ".join(left.split())
    assert not set(left) & set("ё\u0301\u0300\u00ad\u200b«»—…–−")
    assert all(
        word[0] == "-" and word[1].isdigit() for word in left.split() if "-" in word
    )
    assert all(c in "+#.,%-" for c in left if unicodedata.category(c)[0] in "PS")


@given(TEXTS, st.sampled_from([rule.name for rule in rules("ru")]))
def test_short_i_survives_composed_and_decomposed(text: str, without: str) -> None:
    for letter in ("й", "и\u0306"):
        assert "й" in unicodedata.normalize(
            "NFC", apply(f"{text} мо{letter}", "ru", without=[without])
        )


@given(TEXTS)
def test_one_text_in_two_compositions_is_one(text: str) -> None:
    assert apply(unicodedata.normalize("NFD", text), "ru") == apply(
        unicodedata.normalize("NFC", text), "ru"
    )


def test_an_unknown_profile_or_rule_is_named_with_those_that_exist() -> None:
    with pytest.raises(
        KonspektError, match=r"no profile 'fast'.*raw, ru, en, whisper-basic"
    ):
        apply("а", "fast")
    with pytest.raises(KonspektError, match=r"no rule 'speed'.*nfc, stress"):
        normalise("а", "ru", without=["speed"])
    with pytest.raises(KonspektError, match=r"'raw' has no rule 'case'. It has none\."):
        normalise("а", "raw", without=["case"])
    with pytest.raises(KonspektError, match="no profile 'fast'"):
        normalise("а", "fast")
    with pytest.raises(KonspektError, match="no profile 'fast'"):
        rules("fast")


@pytest.mark.slow
@pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
def test_whisper_profiles_are_whispers_own() -> None:
    assert apply("замо\u0301к, C++ (тут)!", "whisper-basic").split() == [
        "замо",
        "к",
        "c",
    ]
    assert apply("мой", "whisper-english") == apply("мои", "whisper-english")
    assert apply("won't colour", "whisper-english") == "will not color"
    assert apply("Ещё!", "whisper-basic", without=["whisper-basic"]) == "Ещё!"
