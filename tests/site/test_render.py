"""The source of the pages: expected text, addresses that stay, a course's own templates."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from konspekt.course.templates import shipped_folder
from konspekt.data import Dropped, Part, Recording, Region, Transcript
from konspekt.errors import SiteError
from konspekt.site import SiteInfo, render_site
from tests.site.pages import WORDING, lecture

SITE = SiteInfo("Поиск", "ru")
CUT_SHORT = Part(
    "recordings/week01.mp3", 0.0, 3720.0, "0" * 64, declared_duration=4000.0
)

INDEX_RU = """\
.. _brief-notes:

Краткий конспект лекций
=======================

.. _brief-week01:

Лекция 1. Индекс
----------------

.. rst-class:: lecture-facts

1 сентября 2026 г. · 62 мин · распознано 90 % записи · WER 10,2 % ·
:ref:`Конспект и расшифровка <lecture-week01>`

.. rst-class:: brief

Обратный индекс. :ref:`0:01 <t-week01-0-0>` Хранение ``posting list``. :ref:`0:12 <t-week01-1-0>`

.. rst-class:: brief

Сравнение моделей. :ref:`1:01:45 <t-week01-3-0>`

.. toctree::
   :hidden:

   lectures/week01
"""

LECTURE_RU = """\
.. _lecture-week01:

Лекция 1. Индекс
================

:Дата: 1 сентября 2026 г.
:Лектор: А. Лектор
:Длительность: 1:02:00
:Распознано: 55:48 из 1:02:00 записи (90 %); где в ней говорят, неизвестно
:Чем распознано: small
:Конспект: план составлен без языковой модели: термины и обороты самого лектора; текст не покидал
    машину
:Ошибки: WER 10,2 % по эталону week01.reference.txt

.. recording-map::
   :duration: 1:02:00
   :kept: 0:01-0:06 0:12-0:17 1:01:40-1:01:50
   :removed: 0:20-0:40

.. _outline-week01:

Содержание
----------

.. rst-class:: chapter

:at:`0:01` :ref:`c-week01-1`

- :ref:`0:01 <t-week01-0-0>` Обратный индекс.
- :ref:`0:12 <t-week01-1-0>` Хранение ``posting list``.

.. rst-class:: chapter

:at:`1:01:40` :ref:`c-week01-3700`

- :ref:`1:01:45 <t-week01-3-0>` Сравнение моделей.

.. _terms-week01:

Термины
-------

.. rst-class:: terms

- ``posting list`` :ref:`0:12 <t-week01-1-0>` ×2

.. _transcript-week01:

Расшифровка
-----------

.. _c-week01-1:

Обратный индекс
~~~~~~~~~~~~~~~

:at:`0:01` :said:`t-0-0 0:01.0` Обратный индекс — это словарь.

:at:`0:12` :said:`t-1-0 0:12.5` Для каждого слова хранится список, то есть posting list.

.. rst-class:: gap removed

[0:20–0:40: удалено] [1]_

.. _c-week01-3700:

Модели
~~~~~~

:at:`1:01:40` :said:`t-2-0 1:01:40.0` Теперь про модели. :said:`t-3-0 1:01:45.2` Две модели лучше,
чем одна модель.

.. _removed-week01:

Что удалено и почему
--------------------

Эти слова Whisper тоже написал, но речью лектора они не признаны. Ничего не потеряно: здесь они
стоят вместе с причиной.

.. [1] :at:`0:20` **зацикливание**: «общую общую общую» — «общую» повторяется примерно 3 раза
   подряд, всего 17 символов, и соседние окна этого не повторяют

Слова, распознанные на стыках окон дважды, стоят в тексте один раз. Таких стыков: 1.

.. _quality-week01:

Качество расшифровки
--------------------

.. list-table::
   :class: quality
   :widths: auto

   * - Звук: под сохранённым текстом
     - 55:48
     - 90 %
   * - Звук: удалено
     - 0:20
     - 1 %
   * - Слова: распознано всего
     - 30
     - 100 %
   * - Слова: сохранено
     - 24
     - 80 %
   * - Слова: зацикливание
     - 3
     - 10 %
   * - Слова: распознано дважды
     - 1
     - 3 %
"""

LECTURE_EN = """\
.. _lecture-week01:

Lecture 1. The index
====================

:Date: September 1, 2026
:Speakers: A\\. Lecturer
:Length: 1:02:00
:Transcribed: 55:48 of 1:02:00 of the recording (90 %); where in it somebody speaks is not known
:Transcribed by: small
:Notes: an outline made without a language model: the lecturer's own terms and phrases; the text did
    not leave the machine
:Errors: WER 10.2 % against week01.reference.txt

.. recording-map::
   :duration: 1:02:00
   :kept: 0:01-0:06 0:12-0:17 1:01:40-1:01:50
   :removed: 0:20-0:40

.. _outline-week01:

Outline
-------

.. rst-class:: chapter

:at:`0:01` :ref:`c-week01-1`

- :ref:`0:01 <t-week01-0-0>` Inverted index.
- :ref:`0:12 <t-week01-1-0>` Posting list.

.. rst-class:: chapter

:at:`1:01:40` :ref:`c-week01-3700`

- :ref:`1:01:45 <t-week01-3-0>` Comparison of models.

.. _terms-week01:

Terms
-----

.. rst-class:: terms

- posting list :ref:`0:12 <t-week01-1-0>` ×2

.. _transcript-week01:

Transcript
----------

.. _c-week01-1:

Inverted index
~~~~~~~~~~~~~~

:at:`0:01` :said:`t-0-0 0:01.0` An inverted index is a dictionary.

:at:`0:12` :said:`t-1-0 0:12.5` For every word it holds a posting list.

.. rst-class:: gap removed

[0:20–0:40: removed] [1]_

.. _c-week01-3700:

Models
~~~~~~

:at:`1:01:40` :said:`t-2-0 1:01:40.0` Now for models. :said:`t-3-0 1:01:45.2` Two models are better
than one.

.. _removed-week01:

What was removed
----------------

Whisper wrote these words too, but they are not taken for speech of the lecturer. Nothing of it is
lost: it stands here with the reason.

.. [1] :at:`0:20` **a repetition loop**: «общую общую общую» — «общую» comes about 3 times in a row,
   17 characters in all, and no window beside it repeats that

Words transcribed twice where two windows meet stand in the text once. Such joins: 1.

.. _quality-week01:

Quality of the transcript
-------------------------

.. list-table::
   :class: quality
   :widths: auto

   * - Sound: under kept text
     - 55:48
     - 90 %
   * - Sound: removed
     - 0:20
     - 1 %
   * - Words: transcribed in all
     - 30
     - 100 %
   * - Words: kept
     - 24
     - 80 %
   * - Words: a repetition loop
     - 3
     - 10 %
   * - Words: transcribed twice
     - 1
     - 3 %
"""


def rendered(*pages: object, course_folder: Path | None = None) -> dict[str, str]:
    files = render_site(SITE, pages, course_folder=course_folder, wording=WORDING)  # type: ignore[arg-type]
    return {
        name: content.decode()
        for name, content in files.items()
        if not name.endswith(".mo")
    }


def test_the_brief_page_is_written_in_the_house_style() -> None:
    assert rendered(lecture())["index.rst"] == INDEX_RU


def test_a_russian_lecture_has_its_page() -> None:
    assert rendered(lecture())["lectures/week01.rst"] == LECTURE_RU


def test_an_english_lecture_has_its_page() -> None:
    assert rendered(lecture(language="en"))["lectures/week01.rst"] == LECTURE_EN


def test_the_same_course_gives_the_same_bytes() -> None:
    pages = [lecture(), lecture("week02", "en")]
    assert render_site(SITE, pages, course_folder=None, wording=WORDING) == render_site(
        SITE, pages, course_folder=None, wording=WORDING
    )


def test_a_lecture_put_before_others_moves_no_address() -> None:
    before, after = rendered(lecture()), rendered(lecture("week00"), lecture())
    moved = after["lectures/week01.rst"].replace("Лекция 2", "Лекция 1")
    assert moved == before["lectures/week01.rst"]


def test_a_title_that_says_lecture_itself_is_left_alone() -> None:
    assert (
        "\nЛекция 7. Индекс\n===="
        in rendered(lecture(title="Лекция 7. Индекс"))["lectures/week01.rst"]
    )
    assert "\nЛекция 1\n====" in rendered(lecture(title=" \n"))["lectures/week01.rst"]


def test_a_course_without_lectures_has_a_page() -> None:
    assert "Лекций пока нет." in rendered()["index.rst"]


def test_a_lecture_in_which_nothing_was_transcribed_has_a_page() -> None:
    page = lecture(transcript=Transcript("week01", "ru", (), ()), removals=())
    page = replace(page, notes=replace(page.notes, chapters=(), terms=()), score=None)
    files = rendered(page)
    assert "В этой записи ничего не распознано." in files["lectures/week01.rst"]
    assert "Конспекта этой лекции нет." in files["index.rst"]


def test_a_statement_whose_sentence_is_gone_keeps_its_time() -> None:
    page = lecture()
    page = replace(
        page,
        transcript=replace(page.transcript, sentences=page.transcript.sentences[1:]),
    )
    assert "- :at:`0:01` Обратный индекс." in rendered(page)["lectures/week01.rst"]


def test_the_page_says_where_the_text_was_sent() -> None:
    page = lecture()
    far = replace(
        page,
        notes=replace(
            page.notes, method="llm", model="qwen3", endpoint="llm.example.org"
        ),
    )
    near = replace(
        page, notes=replace(page.notes, method="llm", model="qwen3", endpoint=None)
    )
    said = " ".join(rendered(far)["lectures/week01.rst"].split())
    assert "составлен языковой моделью qwen3" in said
    assert "текст отправлялся на llm.example.org" in said
    assert "текст не покидал машину" in " ".join(
        rendered(near)["lectures/week01.rst"].split()
    )


def test_what_was_done_without_is_said_in_the_language_of_the_page() -> None:
    for language, said in {
        "ru": "Сделано без - правила loops: зацикливания остались в тексте - something else",
        "en": (
            "Done without - the rule loops: what the decoder says again and again stays in the "
            "text - something else"
        ),
    }.items():
        page = lecture(language=language)
        lines = ("loops: the rule was left out", "something else")
        page = replace(page, quality=replace(page.quality, without=lines))
        assert said in " ".join(rendered(page)["lectures/week01.rst"].split())


@pytest.mark.parametrize(
    ("language", "model", "said"),
    [
        (
            "ru",
            "chunks",
            ":Чем распознано: готовая расшифровка (строки [Chunk start …])",
        ),
        ("ru", "srt + small", ":Чем распознано: готовые субтитры SRT + small"),
        ("ru", "turbo", ":Чем распознано: turbo"),
        ("en", "chunks", ":Transcribed by: a ready transcript (lines [Chunk start …])"),
        (
            "en",
            "whisper.cpp",
            ":Transcribed by: a ready transcript (whisper.cpp's JSON)",
        ),
    ],
)
def test_a_ready_transcript_is_named_in_words_and_a_model_by_its_name(
    language: str, model: str, said: str
) -> None:
    assert (
        f"\n{said}\n"
        in rendered(lecture(language=language, model=model))["lectures/week01.rst"]
    )


def test_the_words_of_a_course_made_before_these_sentences_still_do_and_konspekts_fill_in(
    tmp_path: Path,
) -> None:
    shipped = (shipped_folder() / "site" / "words.toml").read_text(encoding="utf-8")
    tables = re.split(r"\n(?=\[)", shipped)
    newer = ("removed_because]", "done_without]")
    older = "\n".join(
        table for table in tables if not table.split("\n")[0].endswith(newer)
    )
    older = re.sub(
        "(?m)^(?:stale|(?:fact_)?(?:cut_short\\w*|damaged)) = .*\n", "", older
    ).replace('"Термины"', '"Слова"')
    page = lecture(
        model="chunks", stale="gone", recording=Recording("week01", (CUT_SHORT,))
    )
    page = replace(
        page, quality=replace(page.quality, without=("loops: the rule was left out",))
    )
    text = rendered(page, course_folder=own(tmp_path, "words.toml", older))[
        "lectures/week01.rst"
    ]
    assert "повторяется примерно 3 раза" in text
    assert "- правила loops: зацикливания остались в тексте" in text
    assert ":Чем распознано: готовая расшифровка" in text
    assert ":Запись оборвана: из 1:06:40 прочитано 1:02:00" in text
    assert "Страница старше записи" in text
    assert "\nСлова\n" in text


@pytest.mark.parametrize(
    ("language", "short", "fact", "rows"),
    [
        (
            "ru",
            "62 мин · распознано 90 % речи · WER",
            ":Распознано: 45:00 из 50:00 речи (90 %)",
            (
                "Речь: под сохранённым текстом",
                "Речь: удалено",
                "Речь: без текста, меньше 2 с подряд",
            ),
        ),
        (
            "en",
            "62 min · 90 % of the speech transcribed · WER",
            ":Transcribed: 45:00 of 50:00 of speech (90 %)",
            (
                "Speech: under kept text",
                "Speech: removed",
                "Speech: without text, under 2 s at a time",
            ),
        ),
    ],
)
def test_coverage_is_told_of_speech_after_voice_activity_detection(
    language: str, short: str, fact: str, rows: tuple[str, ...]
) -> None:
    page = lecture(language=language)
    quality = replace(
        page.quality, speech=3000.0, speech_covered=2700.0, gaps={"removed": 240.0}
    )
    files = rendered(replace(page, quality=quality))
    text = files["lectures/week01.rst"]
    assert short in " ".join(files["index.rst"].split())
    assert f"\n{fact}\n" in text
    amounts = ("45:00", "4:00", "1:00"), ("90 %", "8 %", "2 %")
    for row, amount, share in zip(rows, *amounts, strict=True):
        assert f"   * - {row}\n     - {amount}\n     - {share}\n" in text


@pytest.mark.parametrize(
    ("language", "said"), [("ru", "речи не найдено"), ("en", "no speech was found")]
)
def test_where_a_detector_found_no_speech_the_page_says_so_and_tells_no_share(
    language: str, said: str
) -> None:
    page = lecture(language=language)
    quality = replace(
        page.quality, speech=0.0, speech_covered=0.0, covered=0.0, gaps={}
    )
    files = rendered(replace(page, quality=quality))
    assert f"62 {'мин' if language == 'ru' else 'min'} · {said} · " in " ".join(
        files["index.rst"].split()
    )
    assert f": {said}\n" in files["lectures/week01.rst"]


@pytest.mark.parametrize(
    ("language", "fact", "mark"),
    [
        (
            "ru",
            ":Запись оборвана: из 1:06:40 прочитано 1:02:00",
            "62 мин · запись оборвана · распознано 90 % записи",
        ),
        (
            "en",
            ":The recording breaks off: 1:02:00 of 1:06:40 could be read",
            "62 min · the recording breaks off ·",
        ),
    ],
)
def test_a_recording_that_breaks_off_says_so_on_both_pages(
    language: str, fact: str, mark: str
) -> None:
    files = rendered(
        lecture(language=language, recording=Recording("week01", (CUT_SHORT,)))
    )
    assert f"\n{fact}\n" in files["lectures/week01.rst"]
    assert mark in files["index.rst"]


def test_each_part_that_breaks_off_is_named() -> None:
    whole = Part("a.mp3", 0.0, 600.0, "0" * 64, declared_duration=601.0)
    unknown = Part("c.mp3", 1200.0, 600.0, "0" * 64)
    parts = (
        whole,
        replace(CUT_SHORT, start=600.0),
        unknown,
        replace(CUT_SHORT, duration=750.0),
    )
    text = " ".join(
        rendered(lecture(recording=Recording("week01", parts)))[
            "lectures/week01.rst"
        ].split()
    )
    said = "Часть 2: из 1:06:40 прочитано 1:02:00; Часть 4: из 1:06:40 прочитано 12:30"
    assert f":Запись оборвана: {said} :" in text


@pytest.mark.parametrize(
    ("language", "fact"),
    [
        ("ru", ":Запись повреждена: не прочитано 3,5 с: 1:00, 20:00"),
        ("en", ":The recording is damaged: 3.5 s could not be read, at 1:00, 20:00"),
    ],
)
def test_a_recording_that_is_damaged_says_so_on_its_page(
    language: str, fact: str
) -> None:
    harmed = (
        Part("a.mp3", 0.0, 600.0, "0" * 64, damage=(Region(60.0, 63.5),)),
        Part("b.mp3", 600.0, 900.0, "1" * 64, damage=(Region(1200.0, 1200.0),)),
    )
    files = rendered(lecture(language=language, recording=Recording("week01", harmed)))
    assert f"\n{fact}\n" in files["lectures/week01.rst"]


def test_a_recording_that_is_whole_says_nothing_of_it() -> None:
    files = rendered(lecture())
    assert not any(
        "оборвана" in text or "повреждена" in text or "старше" in text
        for text in files.values()
    )


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("ru", "Страница старше записи и не обновлена."),
        (
            "en",
            (
                r"not up to date: the recording could not be read: "
                r"recordings/week01.mp3: \*not\* a \`sound\` file"
            ),
        ),
    ],
)
def test_a_page_older_than_its_recording_says_so_and_why_in_its_language(
    language: str, says: str
) -> None:
    why = (
        "the recording could not be read: recordings/week01.mp3: *not* a `sound`\nfile"
    )
    files = render_site(
        SiteInfo("x", language),
        [lecture(language=language, stale=why)],
        course_folder=None,
        wording=WORDING,
    )
    for name in ("index.rst", "lectures/week01.rst"):
        text = " ".join(files[name].decode().split())
        assert says in text, name
        assert language == "en" or "could not be read" not in text, name


def test_problems_and_dropped_statements_stand_on_the_page() -> None:
    page = lecture()
    dropped = (Dropped("Индекс изобрели в 1812 году.", "число 1812 не звучит", 0),)
    files = rendered(
        replace(
            page,
            notes=replace(page.notes, problems=("файл обрывается",), dropped=dropped),
        )
    )
    assert "Внимание: файл обрывается" in files["index.rst"]
    assert "Внимание: файл обрывается" in files["lectures/week01.rst"]
    assert (
        "- число 1812 не звучит: «Индекс изобрели в 1812 году.»"
        in files["lectures/week01.rst"]
    )


def test_a_russian_page_says_in_russian_what_the_language_model_failed_at() -> None:
    page = lecture()
    dropped = (
        Dropped("Индекс.", "number 1812 is not in the cited sentences", 0),
        Dropped("Ещё", "title: in another language (Greek letters)", 0),
    )
    problems = (
        "Chapter 2 (“Индекс”) was made without the language model: localhost: HTTP 500",
    )
    files = rendered(
        replace(page, notes=replace(page.notes, problems=problems, dropped=dropped))
    )
    text = " ".join(files["lectures/week01.rst"].split())
    assert (
        "Глава 2 («Индекс») составлена без языковой модели: localhost: HTTP 500" in text
    )
    assert "- числа 1812 нет в указанных предложениях: «Индекс.»" in text
    assert "- заголовок: на другом языке (письменность: Greek): «Ещё»" in text


def test_a_long_removal_is_shortened_and_says_by_how_much() -> None:
    removal = replace(lecture().removals[0], text="общую " * 200)
    text = " ".join(
        rendered(lecture(removals=(removal,)))["lectures/week01.rst"].split()
    )
    assert text.count("общую") == 67
    assert "… (и ещё слов: 134)»" in text


@pytest.mark.parametrize("language", ["ru", "en"])
def test_lines_keep_to_the_width_of_the_course_repositories(language: str) -> None:
    page = lecture(
        language=language, speakers=("Имя Отчество Фамилия",) * 12, model="m" * 30
    )
    for name, text in rendered(page).items():
        if name.endswith(".rst"):
            assert max(map(len, text.splitlines())) <= 100
            assert text.endswith("\n")
            assert not text.endswith("\n\n")


@pytest.mark.parametrize("sound", [("javascript:alert(1)",), ("a.mp3", "b.mp3")])
def test_sound_that_is_no_address_or_not_of_these_parts_is_refused(
    sound: tuple[str, ...],
) -> None:
    with pytest.raises(ValueError, match=r"week01|address"):
        render_site(SITE, [lecture(sound=sound)], course_folder=None, wording=WORDING)


# ---------------------------------------------------------------------------------------------- a c


def own(folder: Path, name: str, text: str) -> Path:
    path = folder / "templates" / "site" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return folder


def test_a_courses_own_template_is_used_and_its_text_is_escaped(tmp_path: Path) -> None:
    course = own(
        tmp_path,
        "index.rst.jinja",
        "{% for l in lectures %}{{ l.title }}\n{% endfor %}",
    )
    files = rendered(lecture(title="*Индекс* ``x``"), course_folder=course)
    assert files["index.rst"] == "Лекция 1. \\*Индекс\\* \\`\\`x\\`\\`\n"


def test_a_course_adds_static_files_but_no_settings(tmp_path: Path) -> None:
    own(tmp_path, "conf.py", "import os")
    course = own(tmp_path, "_static/logo.svg", "<svg/>")
    files = rendered(course_folder=course)
    assert files["_static/logo.svg"] == "<svg/>"
    assert "import os" not in files["conf.py"]


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{% for %}", "line 1"),
        ("{{ nothing.at.all }}", "nothing"),
        ("{{ lectures | label }}", "index.rst.jinja"),
        ("{{ 1 / 0 }}", "ZeroDivisionError"),
        ("{{ ().__class__.__mro__ }}", "index.rst.jinja"),
        ("{{ lectures[0].title | block('a', 'b', 'c', 'd') }}", "TypeError"),
    ],
)
def test_a_broken_template_is_one_line(
    tmp_path: Path, template: str, words: str
) -> None:
    with pytest.raises(SiteError, match=words) as failure:
        rendered(lecture(), course_folder=own(tmp_path, "index.rst.jinja", template))
    assert "\n" not in str(failure.value)
