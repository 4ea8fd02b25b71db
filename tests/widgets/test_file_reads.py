"""Answers that are files: which file, and the numbers of its lines."""

from __future__ import annotations

import json

import pytest

from nano_agent.trajectory import Message, ToolCall
from nano_widgets import syntax
from nano_widgets.file_reads import FileRead, file_read, numbering
from nano_widgets.inspector_text import result_sections
from nano_widgets.transcript.items import Items
from support.painted import lines
from support.screen import until
from support.text_host import TextHost


def asked(name: str = "shell", **arguments: object) -> ToolCall:
    return ToolCall("c", name, json.dumps(arguments), arguments)


@pytest.mark.parametrize(
    ("command", "read"),
    [
        ("cat a.py", FileRead("a.py")),
        ("cd src && cat 'my file.py' 2>/dev/null", FileRead("my file.py")),
        ("sed -n '40,80p' a.py", FileRead("a.py", 40)),
        ("sed -n 7p a.py", FileRead("a.py", 7)),
        ("sed -n '1,5p;9p' a.py", FileRead("a.py", None)),
        ("nl -ba a.py | sed -n '40,80p'", FileRead("a.py", 40)),
        ("cat a.py | head -n 50 | tail -n +11", FileRead("a.py", 11)),
        ("head -30 a.py", FileRead("a.py")),
        ("tail -n 5 a.py", FileRead("a.py", None)),
        ("tail -n +5 a.py", FileRead("a.py", 5)),
        ("cat a.py b.py", None),
        ("cat *.py", None),
        ("cat a.py | grep x", None),
        ("cat a.py; ls", None),
        ("cat a.py || true", None),
        ("| cat", None),
        ("", None),
        ("cat > a.py <<EOF", None),
        ("cat 'a", None),
        ("sed -i s/a/b/ a.py", None),
        ("ls", None),
    ],
)
def test_the_file_that_a_command_reads(command: str, read: FileRead | None) -> None:
    assert file_read(asked(cmd=command)) == read


@pytest.mark.parametrize(
    ("call", "read"),
    [
        (asked("read_file", path="src/a.py"), FileRead("src/a.py")),
        (asked("read_file", path="a.py", start=20, end=30), FileRead("a.py", 20)),
        (asked("str_replace_editor", command="view", path="a.py", view_range=[5, 9]), FileRead("a.py", 5)),
        (asked("Read", file_path="a.py", offset=5), FileRead("a.py", None)),
        (asked("view", path="src"), None),
        (asked("write_file", path="a.py", content="x"), None),
    ],
)
def test_the_file_that_a_tool_reads(call: ToolCall, read: FileRead | None) -> None:
    assert file_read(call) == read


def shown(text: str, whole: bool = False) -> list[int | None]:
    """The number of each line; 0 for a text that has numbers of its own."""
    how = numbering(FileRead("a.py", 10), text, 0, whole)
    if how.own:
        return [0]
    inside = (how.first is not None and how.start <= i < how.end for i in range(text.count("\n") + 1))
    return [(how.first or 0) + i - how.start if known else None for i, known in enumerate(inside)]


def test_the_lines_of_the_file_have_numbers_and_the_words_around_it_have_none() -> None:
    assert shown("a\nb") == [10, 11]
    assert shown("<returncode>0</returncode>\n<output>\na\nb\n</output>") == [None, None, 10, 11, None]
    assert shown("Exit code: 0\nOutput:\na\nb") == [None, None, 10, 11]
    assert shown("a\nb\n\n... 200 lines were cut ...\n\ny") == [10, 11, 12, None, None, None]
    assert shown("a\n... b", whole=True) == [10, 11]
    assert shown("cat: a.py: No such file or directory") == [None]
    for own in ("     1\timport os\n     2\t\n", "1→import os\n2→", "[File: a.py]\n10:a\n11:\n12:c"):
        assert shown(own) == [0]
    assert shown("7: x\n9: y") == [10, 11], "that is no count"


async def test_a_file_in_the_inspector_has_numbers_and_colours() -> None:
    syntax.load()
    full = "".join(f"def name_{i}() -> str:\n" for i in range(10, 300))
    kept = full[:300] + "\n... cut ...\n" + full[-300:]
    reply = Message("assistant", tool_calls=(asked(cmd="sed -n '10,299p' a.py"),))
    messages = [reply, Message("tool", kept, call_id="c", output=full)]
    app = TextHost(result_sections(messages, Items(messages).as_step(1)))
    async with app.run_test(size=(60, 330)) as pilot:
        view = app.view
        await until(pilot, lambda: "name_299" in app.text)
        numbered = [line for line in lines(view) if "name_" in line and "()" in line]
        assert len(numbered) > 280
        for line in numbered:
            number, _, name = line.split()[:3]
            assert name == f"name_{number}()", line
        first = next(y for y, line in enumerate(lines(view)) if "name_10()" in line)
        styles = {segment.text.strip(): segment.style for segment in view.render_line(first)}
        assert styles["def"] != styles["name_10"]


async def test_a_wrapped_line_has_its_number_once() -> None:
    messages = [
        Message("assistant", tool_calls=(asked(cmd="cat a.txt"),)),
        Message("tool", "x " * 60 + "\nend", call_id="c"),
    ]
    app = TextHost(result_sections(messages, Items(messages).as_step(1)))
    async with app.run_test(size=(50, 12)) as pilot:
        await pilot.pause()
        text = app.text
        assert text.count(" 1 x") == 1
        assert " 2 end" in text
