"""Terms of a glossary are found, missed and made up, each by its rule."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.course.glossary import Glossary, GlossaryTerm, Proposal
from konspekt.data import Edit
from konspekt.score import align, normalise
from konspekt.score.alignment import count
from konspekt.score.readable import align_readably
from konspekt.score.terms import Terms, propose, score_terms


def glossary(**terms: Sequence[str]) -> Glossary:
    """Terms by name; _ stands for a space."""
    return Glossary(
        tuple(
            GlossaryTerm(name.replace("_", " "), tuple(variants))
            for name, variants in terms.items()
        )
    )


def words(text: str) -> list[str]:
    return normalise(text, "ru").split()


def scored(
    terms: Glossary, reference: str, hypothesis: str, language: str = "ru"
) -> Terms:
    reference_words, hypothesis_words = words(reference), words(hypothesis)
    alignment = align_readably(
        reference_words, hypothesis_words, align(reference_words, hypothesis_words)
    )
    return score_terms(
        terms, reference_words, hypothesis_words, alignment, words, language=language
    )


def found(
    terms: Glossary, reference: str, hypothesis: str, language: str = "ru"
) -> list[tuple[str, str, str]]:
    """Term, way, words of every mention."""
    mentions = scored(terms, reference, hypothesis, language).mentions
    return [(mention.term, mention.found, mention.hypothesis) for mention in mentions]


def false(terms: Glossary, reference: str, hypothesis: str) -> list[tuple[str, str]]:
    return [
        (mention.term, mention.hypothesis)
        for mention in scored(terms, reference, hypothesis).false
    ]


LLM = glossary(LLM=["эл эл эм", "ЛЛМ"])
FACE = glossary(Hugging_Face=["хаггинг фейс"])
TOKEN = glossary(токен=["token"])
NETS = glossary(сеть=[], нейронная_сеть=[])


# --------------------------------------------------------------------------------------------------


def test_the_canonical_form_is_exact_whatever_form_the_reference_has() -> None:
    assert found(LLM, "учим LLM снова", "учим LLM снова") == [("LLM", "exact", "llm")]
    assert found(LLM, "учим ЛЛМ снова", "учим LLM снова") == [("LLM", "exact", "llm")]


def test_the_words_of_the_reference_are_exact() -> None:
    assert found(LLM, "учим эл эл эм снова", "учим эл эл эм снова") == [
        ("LLM", "exact", "эл эл эм")
    ]
    assert found(TOKEN, "нет токена там", "нет токена там") == [
        ("токен", "exact", "токена")
    ]


def test_another_form_of_the_glossary_is_a_variant() -> None:
    assert found(LLM, "учим LLM снова", "учим эл эл эм снова") == [
        ("LLM", "variant", "эл эл эм")
    ]
    assert found(LLM, "учим эл эл эм снова", "учим ЛЛМ снова") == [
        ("LLM", "variant", "ллм")
    ]
    assert found(FACE, "на Hugging Face есть", "на хаггинг фейс есть") == [
        ("Hugging Face", "variant", "хаггинг фейс")
    ]


def test_another_inflection_is_a_lemma_either_way() -> None:
    assert found(TOKEN, "нет токена там", "нет токен там") == [
        ("токен", "lemma", "токен")
    ]
    assert found(TOKEN, "это токен там", "это токенов там") == [
        ("токен", "lemma", "токенов")
    ]
    descent = glossary(градиентный_спуск=[])
    expected = [("градиентный спуск", "lemma", "градиентному спуску")]
    assert (
        found(descent, "без градиентного спуска тут", "без градиентному спуску тут")
        == expected
    )


def test_an_inflected_variant_is_a_lemma_and_the_canonical_form_for_it_exact() -> None:
    torch = glossary(PyTorch=["пайторч"])
    assert found(torch, "на PyTorch пишем", "на пайторче пишем") == [
        ("PyTorch", "lemma", "пайторче")
    ]
    assert found(torch, "на пайторче пишем", "на PyTorch пишем") == [
        ("PyTorch", "exact", "pytorch")
    ]


def test_words_of_other_languages_are_found_as_they_are_written() -> None:
    assert found(TOKEN, "нет токена там", "нет токена там", "en") == []
    assert found(TOKEN, "the tokens are", "the tokens are") == []


def test_a_dictionary_word_that_only_may_be_a_form_is_none() -> None:
    assert found(
        glossary(сталь=[]), "мы стали учить сталь", "мы стали учить сталь"
    ) == [("сталь", "exact", "сталь")]


# --------------------------------------------------------------------------------------------------


def test_a_term_of_several_words_counts_once_and_the_longest_form_wins() -> None:
    said = "нейронная сеть и сеть"
    assert found(NETS, said, said) == [
        ("нейронная сеть", "exact", "нейронная сеть"),
        ("сеть", "exact", "сеть"),
    ]
    overlapping = glossary(спуск_по=[], по_всем_осям=[])
    assert found(overlapping, "спуск по всем осям", "спуск по всем осям") == [
        ("по всем осям", "exact", "по всем осям")
    ]


def test_a_form_without_words_is_skipped_and_a_shared_one_is_the_firsts() -> None:
    terms = Glossary((GlossaryTerm("!!!", ("GPT-4",)), GlossaryTerm("GPT 4", ())))
    assert found(terms, "вот gpt 4 тут", "вот gpt 4 тут") == [("!!!", "exact", "gpt 4")]


def test_without_terms_all_is_rest() -> None:
    result = scored(Glossary(()), "а б в", "а г")
    assert (
        result.term_words,
        result.term_errors,
        result.rest_words,
        result.rest_errors,
    ) == (
        0,
        0,
        3,
        2,
    )
    assert (
        result.recall_exact,
        result.recall_variant,
        result.recall,
        result.precision,
    ) == (
        None,
        None,
        None,
        None,
    )
    assert (result.term_wer, result.rest_wer) == (None, 2 / 3)


# --------------------------------------------------------------------------------------------------


def test_a_missed_mention_says_what_it_turned_into() -> None:
    assert found(LLM, "учим LLM снова", "учим ломка снова") == [
        ("LLM", "missed", "ломка")
    ]
    assert found(LLM, "учим LLM снова", "учим снова") == [("LLM", "missed", "")]
    kube = glossary(Kubernetes=[])
    assert found(kube, "ставим Kubernetes завтра", "ставим губер нет тест завтра") == [
        ("Kubernetes", "missed", "губер нет тест")
    ]
    assert found(FACE, "на Hugging Face есть", "на hugging the face есть") == [
        ("Hugging Face", "missed", "hugging the face")
    ]


def test_a_mention_elsewhere_does_not_count() -> None:
    reference, hypothesis = (
        "учим LLM потом идём вместе домой",
        "учим потом идём вместе LLM домой",
    )
    assert found(LLM, reference, hypothesis) == [("LLM", "missed", "")]
    assert false(LLM, reference, hypothesis) == [("LLM", "llm")]


def test_it_is_looked_for_two_words_either_side_but_not_beyond_an_equal_word() -> None:
    spoken, hypothesis = ["llm", "а", "б", "в"], ["э", "ю", "эл", "эл", "эм", "в"]
    errors = (Edit("delete", 0, 1, 0, 0), Edit("substitute", 1, 3, 0, 2))
    near = (*errors, Edit("insert", 3, 3, 2, 5), Edit("equal", 3, 4, 5, 6))
    assert (
        score_terms(LLM, spoken, hypothesis, near, words).mentions[0].found == "missed"
    )
    hypothesis = ["э", "эл", "эл", "эм", "в"]
    near = (*errors, Edit("insert", 3, 3, 2, 4), Edit("equal", 3, 4, 4, 5))
    assert (
        score_terms(LLM, spoken, hypothesis, near, words).mentions[0].found == "variant"
    )
    beyond = (
        Edit("delete", 0, 1, 0, 0),
        Edit("equal", 1, 2, 0, 1),
        Edit("insert", 2, 2, 1, 4),
    )
    assert (
        score_terms(LLM, ["llm", "а"], ["а", "эл", "эл", "эм"], beyond, words)
        .mentions[0]
        .found
        == "missed"
    )


def test_what_is_equal_to_another_reference_word_is_not_taken() -> None:
    assert (
        found(LLM, "учим LLM это эм модель", "учим эл эл эм модель")[0][1] == "missed"
    )


def test_each_mention_of_the_hypothesis_is_taken_once() -> None:
    ways = [way for _, way, _ in found(LLM, "LLM LLM учим", "эл эл эм эл эл эм учим")]
    assert ways == ["variant", "variant"]
    ways = [way for _, way, _ in found(LLM, "LLM LLM учим", "эл эл эм учим")]
    assert sorted(ways) == ["missed", "variant"]


def test_equal_words_are_found_within_a_longer_term_too() -> None:
    assert found(NETS, "это сеть там", "это нейронная сеть там") == [
        ("сеть", "exact", "сеть")
    ]
    assert false(NETS, "это сеть там", "это нейронная сеть там") == [
        ("нейронная сеть", "нейронная сеть")
    ]


def test_words_the_reference_has_too_are_no_false_mention() -> None:
    assert found(NETS, "это нейронная сеть там", "это нейтронная сеть там") == [
        ("нейронная сеть", "missed", "нейтронная сеть")
    ]
    assert false(NETS, "это нейронная сеть там", "это нейтронная сеть там") == []


# -------------------------------------------------------------------------------------------------


def test_errors_belong_to_terms_or_to_the_rest() -> None:
    # LLM → ломка: term; б → д: rest; GPT put in: term, being a false mention; э put in: rest.
    terms = glossary(LLM=[], GPT=[])
    result = scored(terms, "а LLM б в г", "а ломка д в gpt г э")
    assert (
        result.term_words,
        result.term_errors,
        result.rest_words,
        result.rest_errors,
    ) == (
        1,
        2,
        4,
        2,
    )
    assert (result.term_wer, result.rest_wer) == (2.0, 0.5)
    # A replaced word of the rest stays there, though a term was made of it.
    result = scored(terms, "а б в", "а gpt в")
    assert (
        result.term_words,
        result.term_errors,
        result.rest_words,
        result.rest_errors,
    ) == (
        0,
        0,
        3,
        1,
    )
    assert (result.term_wer, len(result.false)) == (None, 1)


def test_recall_and_precision() -> None:
    terms = glossary(токен=["token"], LLM=[])
    result = scored(
        terms,
        "вот токен а там токен б дальше токен в потом токен г ещё слово",
        "вот токен а там token б дальше токенов в потом ток г ещё llm слово",
    )
    assert [mention.found for mention in result.mentions] == [
        "exact",
        "variant",
        "lemma",
        "missed",
    ]
    assert (result.recall_exact, result.recall_variant, result.recall) == (
        0.25,
        0.5,
        0.75,
    )
    assert result.precision == 3 / 4


def test_a_record_a_term_in_the_order_of_the_glossary() -> None:
    terms = glossary(GPT=[], Kafka=[], LLM=["ЛЛМ"])
    reference, hypothesis = (
        "LLM а б в LLM г д е LLM ж",
        "ломка а б в ЛЛМ г gpt д е ломка ж",
    )
    gpt, llm = scored(terms, reference, hypothesis).records
    assert (gpt.term, gpt.mentions, gpt.false, gpt.hypotheses, gpt.times) == (
        "GPT",
        0,
        1,
        (),
        (),
    )
    assert (llm.term, llm.mentions, llm.exact, llm.variant, llm.lemma, llm.missed) == (
        "LLM",
        3,
        0,
        1,
        0,
        2,
    )
    assert llm.hypotheses == (("ломка", 2), ("ллм", 1))
    assert llm.times == (None, None, None)


def test_times_are_the_references_else_the_hypothesis() -> None:
    terms = glossary(LLM=[], GPT=[])
    reference, hypothesis = words("а LLM б"), words("а б gpt")
    alignment = align(reference, hypothesis)
    own = [(0.0, 0.5), (1.0, 1.5), (2.0, 2.5)]
    other = [(10.0, 10.5), (12.0, 12.5), (13.0, 13.5)]

    def times(
        ref: list[tuple[float, float] | None] | None,
        hyp: list[tuple[float, float] | None] | None,
    ) -> object:
        result = score_terms(
            terms, reference, hypothesis, alignment, words, ref_times=ref, hyp_times=hyp
        )
        return result.mentions[0].start, result.false[0].start

    assert times([*own], [*other]) == (1.0, 13.0)
    # nothing stands in its place: the end of the word before
    assert times(None, [*other]) == (10.5, 13.0)
    assert times([*own], None) == (1.0, 2.5)
    assert times([own[0], None, own[2]], [None, *other[1:]]) == (None, 13.0)
    assert times(None, None) == (None, None)


def test_alignment_and_times_must_cover_the_words() -> None:
    with pytest.raises(ValueError, match="an alignment of 1 words for 2"):
        score_terms(LLM, ["а", "б"], ["а"], align("а", "а"), words)
    with pytest.raises(ValueError, match="1 times for 2 words"):
        score_terms(
            LLM, ["а", "б"], ["а", "б"], align("аб", "аб"), words, hyp_times=[None]
        )


TERMS = glossary(а=[], б_в=["г"], г_а=["д", "в в"])
LETTERS = st.lists(st.sampled_from("абвгдеж"), max_size=30)


@given(LETTERS, LETTERS)
def test_terms_and_rest_add_up_to_the_alignment(
    reference: list[str], hypothesis: list[str]
) -> None:
    alignment = align(reference, hypothesis)
    result = score_terms(TERMS, reference, hypothesis, alignment, str.split)
    wrong = len(reference) - count(alignment, "equal") + count(alignment, "insert")
    assert result.term_errors + result.rest_errors == wrong
    assert result.term_words + result.rest_words == len(reference)
    assert min(result.term_errors, result.rest_errors) >= 0
    rates = (result.recall_exact, result.recall_variant, result.recall)
    if result.mentions:
        assert 0 <= rates[0] <= rates[1] <= rates[2] <= 1  # type: ignore[operator]
    else:
        assert rates == (None, None, None)
    assert result.precision is None or 0 <= result.precision <= 1
    assert sum(record.mentions for record in result.records) == len(result.mentions)
    assert sum(record.false for record in result.records) == len(result.false)


@given(LETTERS)
def test_a_text_against_itself_has_every_term_exactly(reference: list[str]) -> None:
    result = score_terms(
        TERMS, reference, reference, align(reference, reference), str.split
    )
    assert {mention.found for mention in result.mentions} <= {"exact"}
    assert (result.false, result.term_errors, result.rest_errors) == ((), 0, 0)


# --------------------------------------------------------------------------------------------------


def test_what_is_like_the_term_is_proposed_most_frequent_first() -> None:
    terms = glossary(Kubernetes=["кубер"], LLM=[])
    reference = "Kubernetes а б Kubernetes в г Kubernetes д е Kubernetes ж з LLM и"
    hypothesis = "губернетес а б кубернетис в г кубернетис д е завтра ж з дом и"
    result = scored(terms, reference, hypothesis)
    proposals = propose(result, terms, words)
    assert [(p.term, p.variant, p.count) for p in proposals] == [
        ("Kubernetes", "кубернетис", 2),
        ("Kubernetes", "губернетес", 1),
    ]
    assert proposals[0].similarity == 0.9  # kubernetis, kubernetes
    assert result.count("missed") == 5  # similarity changes no count


def test_no_form_of_a_term_is_proposed() -> None:
    terms = glossary(Kafka=["кафка"], Kafkas=[])
    result = scored(terms, "вот Kafka там Kafka тут", "вот kafkas там кафта тут")
    assert [proposal.variant for proposal in propose(result, terms, words)] == ["кафта"]
    assert propose(result, terms, words)[0] == Proposal("Kafka", "кафта", 1, 0.8)


# --------------------------------------------------------------------------------------------------
