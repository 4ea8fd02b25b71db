"""Long JSON in pieces: the same as when it is parsed at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nano_widgets.json_tree import pieces
from nano_widgets.json_tree.nodes import Node, Stretch
from nano_widgets.json_tree.pieces import Large, NotJson, Piece, looks_like_json, read

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**40), 2**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=5), inner, max_size=6),
    max_leaves=30,
)


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Pieces so small that everything is in several."""
    with monkeypatch.context() as patched:
        patched.setattr(pieces, "PIECE", 8)
        yield


def whole(value: Any) -> Any:
    """What a tree of pieces holds, put together."""
    if not isinstance(value, Large):
        return value
    found: list[Any] = []
    for node in Node(None, None, value).children():
        below = node.children() if isinstance(node.value, Stretch) else [node]
        found += [(child.key, whole(child.value)) for child in below]
    assert len(found) == value.count
    if value.is_object:
        return dict(found)
    assert [number for number, _ in found] == list(range(len(found)))
    return [element for _, element in found]


@given(
    value=st.lists(VALUES, max_size=5) | st.dictionaries(st.text(max_size=5), VALUES, max_size=5), indent=st.booleans()
)
@settings(max_examples=150, deadline=None)
def test_pieces_are_the_whole(value: Any, indent: bool) -> None:
    text = orjson.dumps(value, option=orjson.OPT_INDENT_2 if indent else 0).decode()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(pieces, "PIECE", 8)
        assert whole(read(text)) == value


@given(st.text(alphabet='{}[]",:\\ a1\n', max_size=40))
@settings(max_examples=300, deadline=None)
def test_what_is_no_json_is_said_to_be_none(text: str) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(pieces, "PIECE", 3)
        try:
            found = read(text)
        except NotJson:
            with pytest.raises(orjson.JSONDecodeError):
                orjson.loads(text)
        else:
            assert isinstance(found, Large) or found == orjson.loads(text)


def test_a_long_text_is_only_parsed_where_it_is_opened() -> None:
    rows = [{"id": i, "tags": ["a", {"deep": [i]}], "text": 'a "quoted" \\ word'} for i in range(50_000)]
    found = read(orjson.dumps({"rows": rows, "last": True}).decode())
    inner, last = Node(None, None, found).children()
    assert (inner.key, inner.value.count, last.key, last.value) == ("rows", 50_000, "last", True)
    assert all(isinstance(part, Piece) for part in inner.value.parts)
    stretch = inner.children()[3]
    assert stretch.children()[0].value == rows[stretch.value.first]


def test_one_giant_string() -> None:
    giant = 'x"\\' * 300_000
    found = read(orjson.dumps({"a": 1, "giant": giant, "z": 2}).decode())
    assert whole(found) == {"a": 1, "giant": giant, "z": 2}


def test_nested_too_deep_and_given_up(tiny: None) -> None:
    with pytest.raises(NotJson, match="too deep"):
        read("[" * 5000 + "]" * 5000)
    with pytest.raises(NotJson, match="given up"):
        read("[1, 2, 3, 4, 5, 6]", lambda: True)


@pytest.mark.parametrize(
    ("text", "is_json"), [(' {"a": 1}\n', True), ("[1]", True), ("", False), ("[1", False), ("x]", False)]
)
def test_what_looks_like_json(text: str, is_json: bool) -> None:
    assert looks_like_json(text) is is_json
