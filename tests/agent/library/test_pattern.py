"""What it means that a text holds some words."""

from __future__ import annotations

import json
import sqlite3

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nano_agent.library.pattern import Pattern, tokens_of

ALPHABET = "abAB xX_19.-é處理タ\n\"'ßA"
TEXTS = st.text(ALPHABET, max_size=20)
NEEDLES = st.text(ALPHABET, min_size=1, max_size=6).filter(lambda text: bool(text.strip()))


def matches(pattern: Pattern, text: str) -> bool:
    """What the full-text index would say."""
    with sqlite3.connect(":memory:") as db:
        db.execute("CREATE VIRTUAL TABLE t USING fts5(tokens, content='', detail='none', tokenize='ascii')")
        db.execute("INSERT INTO t(rowid, tokens) VALUES(1, ?)", (" ".join(tokens_of(text)),))
        found = db.execute("SELECT 1 FROM t WHERE t MATCH ?", (pattern.fts,)).fetchone() is not None
    db.close()
    return found


@given(NEEDLES, TEXTS)
@example("error", "KeyError")
@example("a b", "xA\n  b")
@example("處", "x處理")
@example("_a", "b_a")
@example("A", "1A")
def test_what_is_in_a_text_is_never_missed_by_its_tokens(needle: str, text: str) -> None:
    pattern = Pattern(needle)
    is_in = pattern.is_in(text)
    if is_in:
        assert pattern.fts is None or matches(pattern, text)
        assert pattern.may_be_in(json.dumps(text).encode().lower())
        assert pattern.may_be_in(json.dumps(text, ensure_ascii=False).encode().lower())
    if pattern.is_exact:
        assert matches(pattern, text) == is_in


@given(NEEDLES, TEXTS, TEXTS)
def test_a_needle_after_a_blank_is_always_found_where_it_stands(needle: str, before: str, after: str) -> None:
    needle = " ".join(needle.split())
    text = f"{before} {needle}{after}"
    spans = list(Pattern(needle.swapcase()).spans(text)) if needle.swapcase().swapcase() == needle else []
    if spans:
        assert all(text[a:b].lower() == needle.lower() or " " in needle for a, b in spans)
    assert Pattern(needle).is_in(text)


@pytest.mark.parametrize(
    ("needle", "text", "where"),
    [
        ("error", "an Error, KeyError, key_error; terror", [(3, 8), (13, 18), (24, 29)]),
        ("keyerror", "KeyError", [(0, 8)]),
        ("server", "HTTPServerError", [(4, 10)]),
        ("rm -rf", "rm  -rf /; rm\n-rf", [(0, 7), (11, 17)]),
        ("->", "a->b", [(1, 3)]),
        ("-rf", "rm -rf", [(3, 6)]),
        ("理", "處理完成", [(1, 2)]),
        ("aa", "aaaa aa", [(0, 2), (5, 7)]),
        ("x", "", []),
    ],
)
def test_words_are_found_where_a_word_or_a_part_of_one_begins(
    needle: str, text: str, where: list[tuple[int, int]]
) -> None:
    assert list(Pattern(needle).spans(text)) == where
