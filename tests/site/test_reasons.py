"""What cleaning writes, as the pages say it: each code has its sentence in both languages."""

from __future__ import annotations

import tomllib

import pytest

from konspekt.clean import clean
from konspekt.clean.rules import RULES
from konspekt.clean.why import FIGURES, FOREIGN_SIMILARITY, NO_SECOND_PASS, NO_SIMILARITY, NO_SOUND
from konspekt.course.settings import CleanOptions
from konspekt.course.templates import shipped_folder
from konspekt.site.forms import SLOT
from konspekt.site.words import load_words
from konspekt.transcribe.importers import IMPORTERS
from tests.builders import raw_transcript
from tests.clean.cases import LECTURE, overlapping
from tests.clean.reasons import PHRASE, UNIT, removal_of

WORDS = shipped_folder() / "site" / "words.toml"
TABLES = tomllib.loads(WORDS.read_text(encoding="utf-8"))

HELD = "Половина карточек сразу отпадает, остальное делим опять, и через двадцать шагов от миллиона остаётся одна."
RUSSIAN = {
    "fast-loop": "«то есть» повторяется примерно 120 раз подряд, 36 символов в секунду: так быстро никто не говорит",
    "long-loop": f"«{UNIT}» повторяется примерно 8 раз подряд, всего 438 символов, и соседние окна этого не повторяют",
    "repeated-phrase": "встречается в записи 3 раза, в том числе в 3 окнах без общего звука; 3 раза в окне нет ничего "
    "другого",
    "phrase-start": f"8 слов в конце — начало фразы, которая повторяется в этой записи: «{PHRASE}» (сходство 100 из "
    "100)",
    "credit": "по виду это титры или подпись к субтитрам: лектор так не говорит",
    "listed-phrase": "фраза из списка в почти пустом окне (0,7 символа в секунду), и ни в одном полном окне рядом её "
    "нет",
    "no-speech": "сам Whisper принимает это за тишину: её вероятность 0,88, а средний логарифм вероятности его слов "
    "-1,25",
    "nobody-speaks": "детектор речи никого здесь не слышит, и Whisper не уверен в своих словах (no_speech_prob 0.88)",
    "stray-words": "детектор речи не слышит никого во всей записи (2,7 мин), и услышано в ней всего 8 слов: "
    "послушайте, говорит ли здесь кто-нибудь",
    "empty-room": "1,7 символа в секунду, во всей записи нет ни одного окна, полного речи, и Whisper не уверен в своих "
    "словах (no_speech_prob 0.88)",
    "same-words": "соседнее окно слышало тот же звук: на стыке 6 слов совпадают, в тексте осталось «потому что»",
    "same-ending": "соседнее окно слышало тот же звук, и этот конец записан в нём иначе: «Code»",
    "same-beginning": "соседнее окно слышало тот же звук, и это начало записано в нём иначе: «WER»",
    "heard-otherwise": "соседнее окно слышало тот же звук дальше от своего края, и в нём здесь другие слова",
    "phrase-variation": "1,8 символа в секунду, с соседними окнами нет общих слов, и это вариант фразы, которая "
    f"повторяется в этой записи: «{PHRASE}»",
    "near-phrase": "1,0 символа в секунду, с соседними окнами нет общих слов, и по смыслу это ближе к фразе, которая "
    f"повторяется в этой записи («{PHRASE}»), чем ко всему вокруг",
    "off-topic": "1,7 символа в секунду, с соседними окнами нет общих слов, хотя оба полны речи, и по смыслу это "
    "дальше от них, чем любое их предложение от остальных; Whisper тоже не уверен в своих словах (avg_logprob -1.25)",
    "near-listed": "1,0 символа в секунду, с соседними окнами нет общих слов, и по смыслу это ближе к готовой фразе "
    "(«bf watch tv 2021»), чем всё, что сказано в полных окнах этой записи; Whisper тоже не уверен в своих "
    "словах (avg_logprob -1.25)",
    "dropped": "так велит lecture.corrections.toml",
    "dropped-note": "так велит lecture.corrections.toml: шум",
    "redacted": "lecture.corrections.toml велит нигде не показывать эти слова",
    "redacted-note": "lecture.corrections.toml велит нигде не показывать эти слова: имя",
    "heard-alike": "тот же звук расшифрован и в a.json, и там 47 слов стоят так же",
    "versions-differ": "тот же звук расшифрован и в a.json, в тексте осталось то, что там: «карточки»",
    "heard-by-one": "тот же звук расшифрован и в b.json, там этого нет, и больше ничто не говорит за то, что это было "
    "сказано",
    "neither-supported": "тот же звук расшифрован и в b.json, там другие слова, и ничто не говорит ни за те, ни за "
    "другие",
    "held-already": "второе прослушивание началось раньше того, что нужно было услышать: в тексте об этом звуке "
    f"осталось «{HELD}»",
    "second-pass": f"второе прослушивание услышало здесь больше: «{LECTURE[1]}»",
    "second-pass-thin": "при втором прослушивании там, где могла пропасть речь, услышано 0,6 символа в секунду: для речи "
    "слишком мало",
    "second-pass-fast": "при втором прослушивании услышано 38 символов в секунду: так быстро никто не говорит",
    "second-pass-unsure": "при втором прослушивании сам Whisper не уверен в этих словах: средний логарифм их вероятности "
    "-1,25",
    "not-missing": "второе прослушивание: здесь ничего не пропало",
}
ENGLISH = {
    "fast-loop": "«то есть» comes about 120 times in a row, at 36 characters a second: faster than anyone speaks",
    "long-loop": f"«{UNIT}» comes about 8 times in a row, 438 characters in all, and no window beside it repeats that",
    "repeated-phrase": "it comes 3 times in this recording, among them in 3 windows that share no sound; 3 times it is "
    "all that a window says",
    "phrase-start": "8 words at the end are the beginning of a phrase that this recording repeats: "
    f"«{PHRASE}» (similarity 100 of 100)",
    "credit": "a credit or caption of subtitles by its shape: no lecturer says it",
    "listed-phrase": "a phrase from the list in an almost empty window (0.7 characters a second), and no full window "
    "beside it has it too",
    "no-speech": "Whisper itself takes this for silence: it gives silence the probability 0.88, and its own words a "
    "mean log probability of -1.25",
    "nobody-speaks": "the voice activity detector hears nobody here, and Whisper doubts its words (no_speech_prob 0.88)",
    "stray-words": "the voice activity detector hears nobody in the whole recording (2.7 min), and 8 words are all that was "
    "heard in it: listen whether somebody speaks here",
    "empty-room": "1.7 characters a second, no window of the whole recording is full of speech, and Whisper doubts "
    "its words (no_speech_prob 0.88)",
    "same-words": "the window beside it holds the same sound: 6 words are the same where they meet, and the text has "
    "«потому что»",
    "same-ending": "the window beside it holds the same sound and spells this ending otherwise: «Code»",
    "same-beginning": "the window beside it holds the same sound and spells this beginning otherwise: «WER»",
    "heard-otherwise": "the window beside it heard the same sound farther from its edge and says otherwise there",
    "phrase-variation": "1.8 characters a second, no words in common with the windows beside it, and a variation of a "
    f"phrase that this recording repeats: «{PHRASE}»",
    "near-phrase": "1.0 characters a second, no words in common with the windows beside it, and closer to a phrase "
    f"that this recording repeats («{PHRASE}») than to anything around",
    "off-topic": "1.7 characters a second, no words in common with the windows beside it though both are full of "
    "speech, and further from them than any of their sentences from the others; Whisper doubts its words too "
    "(avg_logprob -1.25)",
    "near-listed": "1.0 characters a second, no words in common with the windows beside it, and closer to a recurring "
    "hallucination («bf watch tv 2021») than anything that full windows of this recording say; Whisper doubts its words too "
    "(avg_logprob -1.25)",
    "dropped": "so lecture.corrections.toml wants it",
    "dropped-note": "so lecture.corrections.toml wants it: шум",
    "redacted": "lecture.corrections.toml wants these words shown nowhere",
    "redacted-note": "lecture.corrections.toml wants these words shown nowhere: имя",
    "heard-alike": "the same sound was transcribed in a.json, and the same 47 words stand there",
    "versions-differ": "the same sound was transcribed in a.json too, and the text has what stands there: «карточки»",
    "heard-by-one": "the same sound was transcribed in b.json too, nothing of this stands there, and nothing else "
    "shows that it was said",
    "neither-supported": "the same sound was transcribed in b.json too, with other words, and nothing shows that "
    "either were said",
    "held-already": f"the second pass began before what it was to hear again: the text has «{HELD}» of this sound",
    "second-pass": f"the second pass heard more of this sound: «{LECTURE[1]}»",
    "second-pass-thin": "listened to a second time, 0.6 characters a second were heard where speech may have been missed: "
    "too few to be speech",
    "second-pass-fast": "listened to a second time, 38 characters a second were heard: faster than anyone speaks",
    "second-pass-unsure": "listened to a second time, and Whisper itself is unsure of these words: their mean log "
    "probability is -1.25",
    "not-missing": "listened to a second time, and nothing was missing here",
}


@pytest.mark.parametrize("why", FIGURES)
def test_what_a_rule_found_is_said_in_the_language_of_the_page(why: str) -> None:
    evidence = removal_of(why).evidence
    assert load_words(WORDS, "ru").because(evidence) == RUSSIAN[why]
    assert load_words(WORDS, "en").because(evidence) == ENGLISH[why]


@pytest.mark.parametrize("language", ["ru", "en"])
def test_every_code_of_a_rule_has_its_sentence_of_figures_that_are_there(language: str) -> None:
    sentences = TABLES[language]["removed_because"]
    assert set(sentences) == set(FIGURES)
    for why, sentence in sentences.items():
        assert {slot[1] for slot in SLOT.finditer(sentence)} <= set(FIGURES[why])


@pytest.mark.parametrize("language", ["ru", "en"])
def test_every_rule_left_out_and_every_importer_has_its_words(language: str) -> None:
    assert set(TABLES[language]["done_without"]) == {
        *RULES,
        NO_SIMILARITY,
        FOREIGN_SIMILARITY,
        NO_SOUND,
        NO_SECOND_PASS,
    }
    assert set(TABLES[language]["ready_transcripts"]) == {importer.name for importer in IMPORTERS}


def test_a_word_beside_a_number_has_as_many_forms_as_its_language() -> None:
    for language, count in {"ru": 3, "en": 2}.items():
        for sentence in TABLES[language]["removed_because"].values():
            assert all(
                len(slot[3].split("|")) == count for slot in SLOT.finditer(sentence) if slot[3]
            )


def test_what_cleaning_did_without_is_said_in_the_language_of_the_page() -> None:
    raw = raw_transcript(overlapping(*LECTURE))  # nothing in it is worth hearing again
    left_out = clean(raw, CleanOptions(without=("recurring",)), None, language="ru").quality.without
    assert left_out == (
        "recurring: the rule was left out",
        "similarity: thin windows were not compared with what is said around them",
    )
    assert [load_words(WORDS, "ru").without(line) for line in left_out] == [
        "правила recurring: фразы, которые Whisper повторяет в этой записи, остались в тексте",
        "сравнения предложений по смыслу: почти пустые окна не сравнивались с тем, что сказано вокруг",
    ]
    assert [load_words(WORDS, "en").without(line) for line in left_out] == [
        "the rule recurring: phrases that Whisper repeats in this recording stay in the text",
        "the similarity of sentences: almost empty windows were not compared with what is said around them",
    ]
