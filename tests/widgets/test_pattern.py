"""Searching with any expression: it finds what `re` finds, and never hangs."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nano_widgets.flow import pattern as patterns
from nano_widgets.flow.pattern import Pattern
from nano_widgets.flow.search import Search


@given(
    st.sampled_from(["a", "a.b", "^x", "x$", "[ab]+", "(a|b)c", "é", "a b", "(", "A", "\\d{2,}"]),
    st.text("abcxXA é1\n"),
)
def test_finds_what_the_standard_library_finds(query: str, text: str) -> None:
    try:
        expected = re.compile(query, Pattern(query).flags)
    except re.error:
        expected = re.compile(re.escape(query))
    found = [(match.start(), match.end()) for match in Pattern(query).finditer(text)]
    assert found == [match.span() for match in expected.finditer(text)]


def test_an_expression_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "SECONDS", 0.05)
    pattern = Pattern("(x|xx)+$")
    search = Search(pattern, 50, lambda i: (("text", "x" * 60 + "-" if i else "xx"),))
    started = time.thread_time()
    search.run()
    assert search.finished
    assert len(search.hits) == 1
    assert "takes too long" in search.said
    assert time.thread_time() - started < 5
    assert pattern.search("xx") is None
