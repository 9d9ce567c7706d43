"""What cleaning writes, as the pages say it: each code has its sentence in both languages."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from konspekt.clean import clean
from konspekt.clean.wording import codes, shortfalls, wording
from konspekt.course.settings import CleanOptions
from konspekt.course.templates import shipped_folder
from konspekt.site.forms import SLOT
from konspekt.site.words import load_words
from tests.builders import raw_transcript
from tests.clean.cases import LECTURE, overlapping
from tests.clean.reasons import PHRASE, UNIT, removal_of, told_of

WORDS = shipped_folder() / "site" / "words.toml"
WORDING = wording()
TABLES = tomllib.loads(WORDS.read_text(encoding="utf-8"))

HELD = (
    "Половина карточек сразу отпадает, остальное делим опять, и через двадцать шагов от "
    "миллиона остаётся одна."
)
RUSSIAN = {
    "fast-loop": "«то есть» повторяется примерно 120 раз подряд, 36 символов в секунду: так "
    "быстро никто не говорит",
    "long-loop": f"«{UNIT}» повторяется примерно 8 раз подряд, всего 438 символов, и соседние "
    "окна этого не повторяют",
    "repeated-phrase": "встречается в записи 3 раза, в том числе в 3 окнах без общего звука; 3 "
    "раза в окне нет ничего "
    "другого",
    "phrase-start": f"8 слов в конце — начало фразы, которая повторяется в этой записи: "
    f"«{PHRASE}» (сходство 100 из "
    "100)",
    "credit": "по виду это титры или подпись к субтитрам: лектор так не говорит",
    "caption": "заглавные буквы, 0,4 символа в секунду, и больше нигде этих слов нет: подпись в "
    "субтитрах, а не речь",
    "still-attention": "внимание Whisper, пока он пишет эти слова, стоит на месте: оно движется "
    "по звуку на 4% из них, а на речи — на половине и больше",
    "failed": "1,7 символа в секунду, и ни при одной температуре не вышло текста, которому "
    "Whisper верит: средний логарифм вероятности -1,25",
    "blip": "детектор речи находит во всей записи 0,5 с речи, и Whisper не уверен в своих словах "
    "(avg_logprob -1.25): послушайте, говорит ли здесь кто-нибудь",
    "listed-phrase": "фраза из списка в почти пустом окне (0,7 символа в секунду), и ни в одном "
    "полном окне рядом её "
    "нет",
    "no-speech": "сам Whisper принимает это за тишину: её вероятность 0,88, а средний логарифм "
    "вероятности его слов "
    "-1,25",
    "nobody-speaks": "детектор речи никого здесь не находит, и Whisper не уверен в своих словах "
    "(no_speech_prob 0.88)",
    "stray-words": "детектор речи не находит никого во всей записи (2,7 мин), и весь её текст — 8 "
    "слов: послушайте, говорит ли здесь кто-нибудь",
    "empty-room": "1,7 символа в секунду, во всей записи нет ни одного окна, полного речи, и "
    "Whisper не уверен в своих "
    "словах (no_speech_prob 0.88)",
    "same-words": "в соседнем окне тот же звук: на стыке 6 слов совпадают, в тексте осталось "
    "«потому что»",
    "same-ending": "в соседнем окне тот же звук, и этот конец записан в нём иначе: «Code»",
    "same-beginning": "в соседнем окне тот же звук, и это начало записано в нём иначе: «WER»",
    "other-words": "в соседнем окне тот же звук дальше от края, и слова там другие",
    "in-another-language": "в соседнем окне тот же звук на языке лекции: «Так говорят здесь на "
    "другом языке.»",
    "phrase-variation": "1,8 символа в секунду, с соседними окнами нет общих слов, и это вариант "
    "фразы, которая "
    f"повторяется в этой записи: «{PHRASE}»",
    "near-phrase": "1,0 символа в секунду, с соседними окнами нет общих слов, и по смыслу оно и "
    f"фраза, которая повторяется в этой записи («{PHRASE}»), ближе друг к другу, чем ко всему, что "
    "сказано в её полных окнах",
    "dropped": "так велит lecture.corrections.toml",
    "dropped-note": "так велит lecture.corrections.toml: шум",
    "redacted": "lecture.corrections.toml велит нигде не показывать эти слова",
    "redacted-note": "lecture.corrections.toml велит нигде не показывать эти слова: имя",
    "said-alike": "тот же звук расшифрован и в a.json, и там 47 слов стоят так же",
    "versions-differ": (
        "тот же звук расшифрован и в a.json, в тексте осталось то, что там: «карточки»"
    ),
    "in-one-only": "тот же звук расшифрован и в b.json, там этого нет, и больше ничто не говорит "
    "за то, что это было "
    "сказано",
    "neither-supported": "тот же звук расшифрован и в b.json, там другие слова, и ничто не "
    "говорит ни за те, ни за "
    "другие",
    "held-already": "второй проход начался раньше места, ради которого он сделан: в тексте об этом "
    f"звуке осталось «{HELD}»",
    "second-pass": f"во втором проходе здесь распознано больше: «{LECTURE[1]}»",
    "second-pass-thin": "при втором проходе там, где могла пропасть речь, распознано 0,6 символа в "
    "секунду: для речи слишком мало",
    "second-pass-fast": "при втором проходе распознано 38 символов в секунду: так быстро никто не "
    "говорит",
    "second-pass-unsure": "при втором проходе сам Whisper не уверен в этих словах: средний "
    "логарифм их "
    "вероятности -1,25",
    "not-missing": "второй проход: здесь ничего не пропало",
}
ENGLISH = {
    "fast-loop": "«то есть» comes about 120 times in a row, at 36 characters a second: faster "
    "than anyone speaks",
    "long-loop": f"«{UNIT}» comes about 8 times in a row, 438 characters in all, and no window "
    "beside it repeats that",
    "repeated-phrase": "it comes 3 times in this recording, among them in 3 windows that share no "
    "sound; 3 times it is "
    "all that a window says",
    "phrase-start": "8 words at the end are the beginning of a phrase that this recording repeats: "
    f"«{PHRASE}» (similarity 100 of 100)",
    "credit": "a credit or caption of subtitles by its shape: no lecturer says it",
    "caption": "capitals at 0.4 characters a second, and nowhere else do these words come: a "
    "caption of subtitles, no speech",
    "still-attention": "Whisper's attention stays in one place of the sound while it writes these "
    "words: it moves on at 4% of them, at speech at half of them and more",
    "failed": "1.7 characters a second, and no temperature gave a text that Whisper believes: a "
    "mean log probability of -1.25",
    "blip": "voice activity detection finds 0.5 s of speech in the whole recording, and Whisper "
    "doubts its words (avg_logprob -1.25): listen whether somebody speaks here",
    "listed-phrase": "a phrase from the list in an almost empty window (0.7 characters a second), "
    "and no full window "
    "beside it has it too",
    "no-speech": "Whisper itself takes this for silence: it gives silence the probability 0.88, "
    "and its own words a "
    "mean log probability of -1.25",
    "nobody-speaks": "voice activity detection finds nobody here, and Whisper doubts its words "
    "(no_speech_prob 0.88)",
    "stray-words": "voice activity detection finds nobody in the whole recording (2.7 min), and 8 "
    "words are all its text: listen whether somebody speaks here",
    "empty-room": "1.7 characters a second, no window of the whole recording is full of speech, "
    "and Whisper doubts "
    "its words (no_speech_prob 0.88)",
    "same-words": "the window beside it holds the same sound: 6 words are the same where they "
    "meet, and the text has "
    "«потому что»",
    "same-ending": "the window beside it holds the same sound and spells this ending otherwise: "
    "«Code»",
    "same-beginning": "the window beside it holds the same sound and spells this beginning "
    "otherwise: «WER»",
    "other-words": "the window beside it has this sound farther from its edge, and other words "
    "there",
    "in-another-language": "the window beside it holds the same sound in the language of the "
    "lecture: «Так говорят здесь на другом языке.»",
    "phrase-variation": "1.8 characters a second, no words in common with the windows beside it, "
    "and a variation of a "
    f"phrase that this recording repeats: «{PHRASE}»",
    "near-phrase": "1.0 characters a second, no words in common with the windows beside it, and it "
    f"and a phrase that this recording repeats («{PHRASE}») are closer to each other than to "
    "anything that full windows of it say",
    "dropped": "so lecture.corrections.toml wants it",
    "dropped-note": "so lecture.corrections.toml wants it: шум",
    "redacted": "lecture.corrections.toml wants these words shown nowhere",
    "redacted-note": "lecture.corrections.toml wants these words shown nowhere: имя",
    "said-alike": "the same sound was transcribed in a.json, and the same 47 words stand there",
    "versions-differ": "the same sound was transcribed in a.json too, and the text has what stands "
    "there: «карточки»",
    "in-one-only": "the same sound was transcribed in b.json too, nothing of this stands there, "
    "and nothing else "
    "shows that it was said",
    "neither-supported": "the same sound was transcribed in b.json too, with other words, and "
    "nothing shows that "
    "either were said",
    "held-already": "the second pass began before the stretch that it was for: the text has "
    f"«{HELD}» of this sound",
    "second-pass": f"the second pass has more of this sound: «{LECTURE[1]}»",
    "second-pass-thin": "the second pass found 0.6 characters a second where speech may have been "
    "missed: too few to be speech",
    "second-pass-fast": "the second pass found 38 characters a second: faster than anyone speaks",
    "second-pass-unsure": "in the second pass Whisper itself is unsure of these words: their mean "
    "log "
    "probability is -1.25",
    "not-missing": "the second pass found that nothing was missing here",
}


@pytest.mark.parametrize("code", [code.name for code in codes()])
def test_what_a_rule_found_is_said_in_the_language_of_the_page(code: str) -> None:
    figures = told_of(removal_of(code))
    assert load_words(WORDS, "ru", WORDING).because(code, figures) == RUSSIAN[code]
    assert load_words(WORDS, "en", WORDING).because(code, figures) == ENGLISH[code]


@pytest.mark.parametrize("language", ["ru", "en"])
def test_every_reason_code_and_shortfall_has_its_words_in_both_languages(
    language: str,
) -> None:
    tables = WORDING[language]
    assert set(tables["reasons"]) == {code.reason.name for code in codes()}
    assert set(tables["removed_because"]) == {code.name for code in codes()}
    assert set(tables["done_without"]) == {shortfall.name for shortfall in shortfalls()}


def test_both_languages_tell_the_same_figures() -> None:
    for code in codes():
        russian, english = (
            {slot[1] for slot in SLOT.finditer(code.sentences[language])}
            for language in ("ru", "en")
        )
        assert russian == english


def test_no_name_is_given_twice() -> None:
    assert len({code.name for code in codes()}) == len(codes())
    assert len({shortfall.name for shortfall in shortfalls()}) == len(shortfalls())


def test_a_course_says_a_reason_a_code_or_a_shortfall_in_its_own_words(
    tmp_path: Path,
) -> None:
    own = tmp_path / "words.toml"
    own.write_text(
        '[en]\n[en.reasons]\nloop = "again"\n[ru]\n[ru.removed_because]\ncredit = "титры"\n'
        '[ru.done_without]\nseams = "швов"\n',
        encoding="utf-8",
    )
    russian, english = (load_words(own, language, WORDING) for language in ("ru", "en"))
    assert english.reason("loop") == "again"
    assert english.reason("overlap") == "transcribed twice"
    assert russian.reason("loop") == "зацикливание"
    assert russian.because("credit", {}) == "титры"
    assert russian.without("seams: left out") == "швов"
    assert english.without("seams: left out").startswith("the rule seams")


def test_a_word_beside_a_number_has_as_many_forms_as_its_language() -> None:
    for language, count in {"ru": 3, "en": 2}.items():
        for sentence in WORDING[language]["removed_because"].values():
            assert all(
                len(slot[3].split("|")) == count
                for slot in SLOT.finditer(sentence)
                if slot[3]
            )


def test_what_cleaning_did_without_is_said_in_the_language_of_the_page() -> None:
    raw = raw_transcript(overlapping(*LECTURE))  # nothing in it is worth a second pass
    left_out = clean(
        raw, CleanOptions(without=("recurring",)), None, language="ru"
    ).quality.without
    assert left_out == (
        "recurring: the rule was left out",
        "similarity: no sentences were compared by meaning",
    )
    assert [load_words(WORDS, "ru", WORDING).without(line) for line in left_out] == [
        "правила recurring: фразы, которые Whisper повторяет в этой записи, остались в тексте",
        "сравнения предложений по смыслу: почти пустые и переведённые окна не сравнивались",
    ]
    assert [load_words(WORDS, "en", WORDING).without(line) for line in left_out] == [
        "the rule recurring: phrases that Whisper repeats in this recording stay in the text",
        (
            "the similarity of sentences: almost empty windows and translated ones were not "
            "compared by meaning"
        ),
    ]
