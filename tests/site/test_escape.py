"""The escaper against docutils itself: what goes in as text comes out as that text, whatever it
is.
"""

from __future__ import annotations

import pytest
from docutils import nodes as doc
from docutils.core import publish_doctree
from hypothesis import example, given
from hypothesis import strategies as st

from konspekt.sanitize import sanitize
from konspekt.site.escape import WIDTH, columns
from konspekt.site.nodes import (
    RST,
    Literal,
    Mark,
    Strong,
    Text,
    block,
    heading,
    inline,
    nodes_of,
)

SETTINGS = {
    "doctitle_xform": False,
    "docinfo_xform": False,
    "sectsubtitle_xform": False,
    "smart_quotes": False,
    "halt_level": 5,
    "report_level": 1,  # not even an "info"
    "warning_stream": False,
    "_disable_config": True,
}

# What is markup somewhere, what looks like it, and what docutils, a terminal or a browser might
# stumble over.
NASTY = [
    *"*_|`:\\.-=~#<>[]{}()\"'+•§‣⁃1aAiZя/@!?;,^&$%…—–«» \n\t",
    *("``", "**", "::", "..", "__", "_`", "|x|", "[1]_", "[#a]_", "1. a", "A. b", "(i) c", "iv. d", "#. e", ">>> f"),
    *(":a: b", "-a", "--foo x", "/V", "word_", "word__", "*args", "**kwargs", "a*b*c", "snake_case", "`x <y>`__"),
    *(":ref:`x`", ":math:`x`", "javascript:alert(1)", "JaVaScRiPt:x", "data:text/html,x", "http://a.b/c_", "C:\\temp"),
    *("a@b.c", "mailto:a@b.c", "+---+", "| a", "====", "----", "^^^^", "\\\\", "\\", "\\ ", "e.g.", ".. raw:: html"),
    *("\u2028", "\u2029", "\x0b", "\x0c", "\x1c", "\x1e", "\x85", "\xa0", "\x00", "\x01", "\x1b[31m", "\x7f", "\ud800"),
    *("\u200b", "\u200d", "\u202e", "\u2066", "\u0301", "é", "👩‍🏫", "漢字", "שלום", "\ufeff"),
    *("\U000e0041", "\ufdd0", "\uffff"),
]  # fmt: skip
NASTY_TEXT = st.lists(
    st.one_of(st.sampled_from(NASTY), st.characters(), st.text(max_size=5)), max_size=30
).map("".join)
ANY_TEXT = st.one_of(
    NASTY_TEXT,
    st.text(max_size=200),
    st.lists(st.sampled_from(NASTY), max_size=40).map(" ".join),
)


def parse(source: str) -> doc.document:
    return publish_doctree(source, settings_overrides=SETTINGS)


def only(
    document: doc.document, kind: type[doc.Element], *inside: type[doc.Node]
) -> doc.Element:
    """The document's one child of that kind, holding nothing but the node types named."""
    assert [type(child) for child in document.children] == [kind], document.pformat()
    allowed = (doc.Text, kind, *inside)
    assert all(isinstance(node, allowed) for node in document.children[0].findall()), (
        document.pformat()
    )
    return document.children[0]


def text_of(node: doc.Node) -> str:
    text: str = node.astext()
    return text.replace("\n", " ")


@given(ANY_TEXT)
@example("\\")
@example("\\\\")
@example("a\n====")
@example("a ::")
@example("1.")
@example("- a")
@example("a " * 49 + "- " * 30)
@example("word " * 20 + "==== rest")
@example("*")
@example("a * b | c")
def test_a_paragraph_is_its_text(text: str) -> None:
    document = parse(block(text))
    if sanitize(text):
        assert text_of(only(document, doc.paragraph)) == sanitize(text)
    else:
        assert not document.children


@given(ANY_TEXT)
def test_a_title_is_its_text(text: str) -> None:
    title = heading(f"Лекция 1. {text}", "=")
    section = parse(f"{title}\n\nabc\n").children[0]
    assert isinstance(section, doc.section)
    assert section.children[0].astext() == sanitize(f"Лекция 1. {text}")
    assert [type(child) for child in section.children] == [doc.title, doc.paragraph]


@given(ANY_TEXT.filter(sanitize))
@example("\u0300")
def test_a_title_of_its_own_is_its_text(text: str) -> None:
    section = parse(f"{heading(text, '~')}\n\nabc\n").children[0]
    assert [type(child) for child in section.children] == [doc.title, doc.paragraph], (
        section.pformat()
    )
    assert section.children[0].astext() == sanitize(text)


@given(ANY_TEXT.filter(sanitize), ANY_TEXT.filter(sanitize))
def test_list_items_are_their_text(one: str, two: str) -> None:
    items = only(
        parse(f"{block(one, '- ')}\n{block(two, '- ')}"),
        doc.bullet_list,
        doc.list_item,
        doc.paragraph,
    )
    assert [text_of(item) for item in items.children] == [sanitize(one), sanitize(two)]


@given(ANY_TEXT.filter(sanitize))
def test_a_field_is_its_text(text: str) -> None:
    source = f"Абзац.\n\n{block(text, ':Дата: ', '    ')}\n"
    field = parse(source).children[1].children[0]
    assert [type(node) for node in field.children] == [doc.field_name, doc.field_body]
    assert [type(node) for node in field.children[1].children] == [doc.paragraph]
    assert text_of(field.children[1]) == sanitize(text)


@given(ANY_TEXT.filter(sanitize))
def test_a_table_cell_is_its_text(text: str) -> None:
    source = f".. list-table::\n\n{block(text, '   * - ', '       ')}\n{block(text, '     - ')}\n"
    cells = list(parse(source).findall(doc.entry))
    assert [[type(node) for node in cell.children] for cell in cells] == [
        [doc.paragraph]
    ] * 2
    assert [text_of(cell) for cell in cells] == [sanitize(text)] * 2


@given(ANY_TEXT.filter(sanitize))
def test_a_footnote_is_its_text(text: str) -> None:
    document = parse(f"a [1]_\n\n{block(text, '.. [1] ', '   ')}\n")
    footnote = document.children[1]
    assert isinstance(footnote, doc.footnote)
    assert [type(node) for node in footnote.children] == [doc.label, doc.paragraph]
    assert text_of(footnote.children[1]) == sanitize(text)


PIECES = st.lists(
    st.one_of(
        ANY_TEXT.map(Text),
        ANY_TEXT.map(Literal),
        ANY_TEXT.map(Strong),
        st.sampled_from(["LLM", "C++"]).map(Literal),
    ),
    max_size=5,
)


@given(PIECES)
@example([Literal("LLM"), Text("ки")])
@example([Text("суб"), Literal("x"), Text("*")])
@example([Text("("), Literal(")")])
@example([Text("http:"), Literal("x")])
@example([Literal("a"), Literal("b"), Strong("c"), Strong("d")])
def test_nodes_side_by_side_keep_their_text(
    pieces: list[Text | Literal | Strong],
) -> None:
    document = parse(block(pieces))
    expected = "".join(getattr(node, "text", "") for node in nodes_of(pieces))
    found = (
        text_of(only(document, doc.paragraph, doc.literal, doc.strong))
        if document.children
        else ""
    )
    assert " ".join(found.split(" ")) == " ".join(expected.split()), document.pformat()


@given(st.lists(st.sampled_from([*NASTY, "слово", "word"]), max_size=120).map(" ".join))
def test_lines_keep_to_the_width(text: str) -> None:
    for line in block(text).splitlines():
        assert len(line) <= WIDTH
    for line in block(text, "   * - ").splitlines():
        assert len(line) <= WIDTH


@pytest.mark.parametrize(
    "text",
    [
        "Обратный индекс — это словарь.",
        "snake_case и 2*3, a | b, 3-4 (см. рис. 2), «кавычки», 50 %, 12:05, т.е. вот так…",
        "Тысяча делим на 10: получаем 100; итого 0.5!",
        "[12:05–12:30: не распознано]",
        "C++ и A/B тесты, k=1, #1",
        "и т. д.",
    ],
)
def test_ordinary_text_is_left_as_it_is(text: str) -> None:
    assert block(text) == text


@pytest.mark.parametrize(
    ("text", "rst"),
    [
        ("- пункт", "\\- пункт"),
        ("1. пункт", "1\\. пункт"),
        ("(a) пункт", "\\(a) пункт"),
        ("*args и word_", "\\*args и word\\_"),
        ("https://example.org", "https\\://example.org"),
        ("пишите на a@b.ru", "пишите на a\\@b.ru"),
        ("вот так::", "вот так:\\:"),
        ("C:\\temp", "C\\:\\\\temp"),
    ],
)
def test_markup_is_escaped_where_it_would_be_read(text: str, rst: str) -> None:
    assert block(text) == rst


def test_a_literal_with_a_russian_ending() -> None:
    assert (
        block([Literal("LLM"), Text("ки и "), Literal("BM25"), Text(".")])
        == "``LLM``\\ ки и ``BM25``."
    )


@given(st.text())
def test_clean_text_is_clean(text: str) -> None:
    cleaned = sanitize(text)
    assert sanitize(cleaned) == cleaned
    assert cleaned == cleaned.strip()
    assert "  " not in cleaned
    assert not any(char in cleaned for char in "\n\r\t\x00\x1b\u2028\u202e\u200b\ufeff")


def test_what_emoji_and_persian_are_joined_with_stays() -> None:
    assert sanitize("👩\u200d🏫 می\u200cخواهم") == "👩\u200d🏫 می\u200cخواهم"


@pytest.mark.parametrize(
    ("text", "width"), [("слово", 5), ("漢字", 4), ("e\u0301", 1), ("", 0)]
)
def test_columns_are_counted_as_docutils_counts_them(text: str, width: int) -> None:
    assert columns(text) == width


def test_a_fragment_of_markup_cannot_pass_for_text() -> None:
    with pytest.raises(TypeError):
        inline(RST("**x**"))


def test_a_mark_is_a_footnote_reference() -> None:
    assert block([Text("слово "), Mark(3), Text(".")]) == "слово [3]_."
