"""References with alternatives, optional words and wildcards are read the way that fits the
hypothesis best.
"""

from __future__ import annotations

import random
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from konspekt.score import lattice as module
from konspekt.score.alignment import align, count
from konspekt.score.markup import Resolved, has_markup, resolve
from konspekt.score.profiles import normalise


def words(reference: str, hypothesis: str) -> str:
    return " ".join(resolve(reference, hypothesis.split(), str.split).words)


def errors(resolved: Resolved, hypothesis: list[str]) -> tuple[int, int]:
    """Errors and substitutions that `align` finds between the places of the wildcards, each stretch
    by itself.
    """
    kept = [
        word for at, word in enumerate(hypothesis) if at not in set(resolved.ignored)
    ]
    ends = [(0, 0), *resolved.joints, (len(resolved.words), len(kept))]
    total = substituted = 0
    for (begin, first), (end, last) in pairwise(ends):
        found = align(resolved.words[begin:end], kept[first:last])
        substituted += count(found, "substitute")
        total += sum(count(found, kind) for kind in ("substitute", "delete", "insert"))
    return total, substituted


# --- the notations ---


@pytest.mark.parametrize(
    "hypothesis", ["шестнадцатый год", "16-й год", "16й год", "16 год"]
)
@pytest.mark.parametrize(
    "reference",
    ["{шестнадцатый|16-й|16й|16} год", "{ шестнадцатый / 16-й / 16й / 16 } год"],
)
def test_the_alternative_that_the_hypothesis_has_is_chosen(
    reference: str, hypothesis: str
) -> None:
    assert resolve(reference, hypothesis.split(), str.split) == Resolved(
        hypothesis, tuple(hypothesis.split()), (), ()
    )


@pytest.mark.parametrize(
    ("reference", "hypothesis", "read"),
    [
        ("да {вот|} нет", "да нет", "да нет"),
        ("да {вот|} нет", "да вот нет", "да вот нет"),
        ("да {вот / @} нет", "да нет", "да нет"),
        ("да {@ / вот тут} нет", "да вот тут нет", "да вот тут нет"),
        ("{@|at} x", "@ x", "@ x"),  # @ is nothing only in NIST's notation
        ("{@ / a}", "", ""),
        ("{a / @b}", "@b", "@b"),
        ("{a\r\n/ b c}\r\nd", "b c d", "b c d"),
        ("{ | a } b", "b", "b"),
    ],
)
def test_an_empty_alternative_or_an_at_sign_alone_is_nothing(
    reference: str, hypothesis: str, read: str
) -> None:
    assert words(reference, hypothesis) == read


@pytest.mark.parametrize(
    "text",
    [
        "{x}",
        r"\frac{a}{b}",
        "{a / b",
        "a | b } c",
        "{a/b}",
        "{a /b}",
        "{a {b}",
        "x / y",
        "{}",
        "<**> < * >",
        "(слово)",
        "",
        " \r\n",
    ],
)
def test_anything_else_in_braces_stays_as_it_is_written(text: str) -> None:
    assert not has_markup(text)
    assert resolve(text, ["a"], str.split) == Resolved(
        text, tuple(text.split()), (), ()
    )


def test_an_unclosed_brace_does_not_hide_the_markup_after_it() -> None:
    assert words("{ {x} {a / b", "b") == "{ {x} {a / b"
    assert words("{{x} } | {a|b}", "b") == "{{x} } | b"


@pytest.mark.parametrize("hypothesis", ["a", "b c", "b d", "b"])
def test_slots_stand_in_slots(hypothesis: str) -> None:
    assert words("{a | b {c / d / @}}", hypothesis) == hypothesis


# --- what touches a slot ---


@pytest.mark.parametrize(
    ("reference", "hypothesis"),
    [
        ("Facebook{е|}", "Facebookе"),
        ("Facebook{е|}", "Facebook"),
        ("в Facebook{е|} да", "в Facebook да"),
        ("{a|b}, c", "b, c"),
        ("«{a / b c}»!", "«b c»!"),
        ("{не|}{при|у}шёл", "ушёл"),
        ("{не|}{при|у}шёл", "непришёл"),
        ("x{a {b|c}|d}y", "xa cy"),
    ],
)
def test_what_touches_a_slot_is_part_of_its_alternatives(
    reference: str, hypothesis: str
) -> None:
    assert words(reference, hypothesis) == hypothesis


def test_a_token_of_too_many_readings_is_taken_apart() -> None:
    reference = "{a|b}" * 9
    assert words(reference, "b " * 9) == " ".join("b" * 9)
    assert words(reference.replace("}", "} "), "b " * 9) == " ".join("b" * 9)
    assert words("{a|b}" * 8, "babbabab") == "babbabab"


def test_alternatives_are_normalised_each_by_itself() -> None:
    found = resolve(
        "Это {Шестнадцатый,|16-й,} «Год»…",
        ["это", "16", "й", "год"],
        lambda t: normalise(t, "ru").split(),
    )
    assert found == Resolved("Это 16-й, «Год»…", ("это", "16", "й", "год"), (), ())


# --- wildcards ---


@pytest.mark.parametrize(
    ("reference", "hypothesis", "text", "ignored"),
    [
        ("a <*> b", "a x y b", "a  b", (1, 2)),
        ("a <*> b", "a b", "a  b", ()),
        ("<*>", "x y", "", (0, 1)),
        ("<*>", "", "", ()),
        ("<*> <*>", "x y", " ", (0, 1)),
        ("<*><*>a", "x a", "a", (0,)),
        ("<*>.\r\nb", "x. y b", "\r\nb", (0, 1)),
        ("a<*>b", "a x b", "a b", (1,)),
        ("a {b|<*>} c", "a x y c", "a  c", (1, 2)),
        ("a {b|<*>} c", "a b c", "a b c", ()),
    ],
)
def test_a_wildcard_takes_any_number_of_words(
    reference: str, hypothesis: str, text: str, ignored: tuple[int, ...]
) -> None:
    found = resolve(reference, hypothesis.split(), str.split)
    assert (found.text, found.ignored) == (text, ignored)
    assert found.words == tuple(text.split())
    assert errors(found, hypothesis.split()) == (0, 0)


def test_words_that_would_cross_a_wildcard_are_counted_between_the_joints() -> None:
    hypothesis = ["a", "v", "u", "x", "x", "c"]
    found = resolve("a b u <*> v u c", hypothesis, str.split)
    assert (found.ignored, found.joints) == ((3, 4), ((3, 3),))
    assert errors(found, hypothesis) == (3, 1)
    # `u` before the wildcard meets `u` after it
    assert Levenshtein.distance(found.words, ["a", "v", "u", "c"]) == 2


# --- which reading ---


def test_of_readings_with_as_many_errors_the_one_with_fewer_substitutions_is_read() -> (
    None
):
    assert words("{b|} c", "c a") == "c"
    # two errors either way, but «b c a» has a substitution
    assert words("{b c|b} a", "a c") == "b a"
    assert words("{b|c a} ", "a") == "c a"  # one deletion, not one substitution


def test_of_readings_that_fit_alike_the_first_is_read() -> None:
    assert words("{a|b|c} {d|e}", "x y") == "a d"
    assert words("{a|a|b}", "a") == "a"
    assert words("{a|b}", "") == "a"
    assert words("{a|} {b / @ / c}", "") == ""


def test_all_but_the_markup_stays_in_the_text() -> None:
    text = "\ufeffРаз,\r\n\r\n  {два|2}\t— {три}\r\n{ вот / @ } конец \n"
    found = resolve(text, ["Раз,", "2", "—", "{три}", "конец"], str.split)
    assert found.text == "\ufeffРаз,\r\n\r\n  2\t— {три}\r\n конец \n"


# --- against all readings ---

Tree = list[str | tuple[list[str], ...]]
WORDS = st.sampled_from("abcd")
SLOTS = st.lists(
    st.lists(st.one_of(WORDS, WORDS, st.just("<*>")), max_size=3),
    min_size=2,
    max_size=3,
).map(tuple)
TREES = st.lists(st.one_of(WORDS, WORDS, SLOTS, st.just("<*>")), max_size=6)
HYPOTHESES = st.lists(st.sampled_from("abcdx"), max_size=7)


def written(tree: Tree) -> str:
    return " ".join(
        item if isinstance(item, str) else "{" + "|".join(map(" ".join, item)) + "}"
        for item in tree
    )


def readings(tree: Tree) -> list[list[str]]:
    choices = product(*([[item]] if isinstance(item, str) else item for item in tree))
    return [[word for part in choice for word in part] for choice in choices]


def fewest(reference: list[str], hypothesis: list[str]) -> int:
    """The fewest errors, every span tried for every wildcard."""
    if "<*>" not in reference:
        return Levenshtein.distance(reference, hypothesis)
    at = reference.index("<*>")
    rest = {
        end: fewest(reference[at + 1 :], hypothesis[end:])
        for end in range(len(hypothesis) + 1)
    }
    return min(
        Levenshtein.distance(reference[:at], hypothesis[:begin])
        + min(rest[end] for end in range(begin, len(hypothesis) + 1))
        for begin in range(len(hypothesis) + 1)
    )


@given(TREES, HYPOTHESES)
def test_errors_are_the_fewest_of_all_readings(
    tree: Tree, hypothesis: list[str]
) -> None:
    found = resolve(written(tree), hypothesis, str.split)
    least = min(fewest(reading, hypothesis) for reading in readings(tree))
    assert errors(found, hypothesis)[0] == least
    kept = [word for at, word in enumerate(hypothesis) if at not in found.ignored]
    whole = Levenshtein.distance(found.words, kept)
    assert whole == least if "<*>" not in written(tree) else whole <= least


@given(st.lists(st.one_of(WORDS, SLOTS), max_size=5), HYPOTHESES)
def test_without_wildcards_the_first_best_reading_is_taken(
    tree: Tree, hypothesis: list[str]
) -> None:
    tree = [
        item
        if isinstance(item, str)
        else tuple([w for w in part if w != "<*>"] for part in item)
        for item in tree
    ]
    numbered = product(
        *([(0, [item])] if isinstance(item, str) else enumerate(item) for item in tree)
    )
    scored = []
    for choice in numbered:
        reading = [word for _, part in choice for word in part]
        total, substituted = errors(Resolved("", tuple(reading), (), ()), hypothesis)
        scored.append(
            ((total, substituted, sum(place for place, _ in choice)), reading)
        )
    best = min(score for score, _ in scored)
    assert list(resolve(written(tree), hypothesis, str.split).words) in [
        r for score, r in scored if score == best
    ]


@given(TREES, HYPOTHESES)
def test_the_text_holds_the_words_and_no_markup(
    tree: Tree, hypothesis: list[str]
) -> None:
    found = resolve(written(tree), hypothesis, str.split)
    assert tuple(found.text.split()) == found.words
    assert not has_markup(found.text)
    assert has_markup(written(tree)) == any(
        item == "<*>" or not isinstance(item, str) for item in tree
    )
    assert list(found.ignored) == sorted(set(found.ignored))


@given(st.text("ab{|}/@<*> \n()", max_size=60))
def test_any_text_can_be_read(text: str) -> None:
    found = resolve(text, ["a", "b"], str.split)
    assert has_markup(text) or found.text == text


# --- long and hostile texts ---


def lecture(
    rng: random.Random, length: int, wildcards: bool = True
) -> tuple[str, list[str]]:
    """A reference with slots and wildcards, and a hypothesis with errors that takes any
    alternative.
    """
    reference, hypothesis = [], []
    for number in range(length):
        word = f"w{rng.randrange(60)}"
        chance = rng.random()
        if chance < 0.01:
            reference.append(f"{{{word}|{word}x y|}}")
            hypothesis += rng.choice(([word], [f"{word}x", "y"], []))
        elif chance < 0.013 and wildcards:
            reference.append("<*>")
            hypothesis += ["q"] * rng.randrange(8)
        else:
            reference.append(word)
            hypothesis += (
                [word] if rng.random() < 0.95 else [] if number % 2 else ["z", word]
            )
    return " ".join(reference), hypothesis


@pytest.mark.parametrize("seed", range(6))
def test_cut_at_equal_words_a_long_text_has_the_same_errors(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference, hypothesis = lecture(random.Random(seed), 900)
    whole = errors(resolve(reference, hypothesis, str.split), hypothesis)
    monkeypatch.setattr(module, "_CELLS", 0)
    assert errors(resolve(reference, hypothesis, str.split), hypothesis) == whole


@given(st.integers(0, 2**32), st.sampled_from([1, 500, 10**9]))
def test_cut_a_text_never_has_more_errors_than_its_first_alternatives(
    seed: int, most: int
) -> None:
    rng = random.Random(seed)
    reference, hypothesis = lecture(rng, 120)
    turned = rng.randrange(len(hypothesis))
    hypothesis[:turned] = hypothesis[:turned][::-1]
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("_CELLS", 0), ("ANCHOR", 4), ("_MOST", most)):
            patch.setattr(module, name, value)
        found = resolve(reference, hypothesis, str.split)
        patch.setattr(module, "_MOST", 0)
        first = resolve(reference, hypothesis, str.split)
    assert first.ignored == ()
    assert errors(found, hypothesis)[0] <= Levenshtein.distance(first.words, hypothesis)


def test_a_lecture_with_hundreds_of_slots_is_read() -> None:
    reference, hypothesis = lecture(random.Random(7), 20_000, wildcards=False)
    found = resolve(reference, hypothesis, str.split)
    plain = [
        word.partition("|")[0].lstrip("{")
        for word in reference.split()
        if word != "y|}"
    ]
    assert errors(found, hypothesis)[0] < Levenshtein.distance(plain, hypothesis)
    assert "{" not in found.text


@pytest.mark.parametrize(
    "text", ["{" * 50_000, "{a / " * 50_000, "{" * 50_000 + "}" * 50_000, "}" * 50_000]
)
def test_fifty_thousand_braces_that_are_no_markup_stay(text: str) -> None:
    assert resolve(text, [], str.split).text == text


def test_slots_deeper_than_twenty_stay_as_they_are_written() -> None:
    nested = "{a|" * 21 + "b" + "}" * 21
    assert resolve(nested, ["b"], str.split).text == "a"
    assert (
        resolve(nested.replace("|", " | "), ["{a", "|", "b}"], str.split).text
        == "{a | b}"
    )
    assert resolve("{a|" * 50_000 + "}" * 50_000, ["a"], str.split).text == "a"


def test_thousands_of_slots_glued_to_each_other_are_read() -> None:
    assert words("{a|b}" * 3000, "b " * 10).split().count("b") == 10
