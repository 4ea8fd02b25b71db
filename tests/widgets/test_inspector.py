"""One step, looked at closely."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nano_agent.trajectory import Message, ToolCall, Trajectory
from nano_widgets.inspector import TABS
from nano_widgets.inspector_text import call_sections, result_sections, step_diff
from nano_widgets.transcript.items import Items
from support.histories import SMALL, answer, call, hostile, long, trajectory
from support.hostile import EVERYTHING
from support.inspector_host import InspectorHost
from support.painted import assert_harmless, lines
from support.runs import nano_folder
from support.screen import until


async def test_the_tabs_of_a_step() -> None:
    raw = {"role": "tool", "content": "x"}
    diff = "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-final\n+end\n"
    result = answer("out\n" * 30, 1, exit_code=3, seconds=0.1, raw=raw)
    run = trajectory([*SMALL[:3], result, *SMALL[4:]], diff=diff)
    app = InspectorHost(run)
    async with app.run_test(size=(100, 45)) as pilot:
        await pilot.pause()
        for words in ("[call]", "step 1 of 3 · $ rg -n", "Where is it?", "I will look for it.", "shell · call_1"):
            assert words in app.text
        assert '"cmd": "rg -n parse_range"' in app.text
        await pilot.press("l")
        assert "[result]" in app.text
        assert app.text.count("\n out") == 30
        assert "✗ exit 3" in app.text
        await pilot.press("d")
        await until(pilot, lambda: "This step asks for no change of a file." in app.text)
        await pilot.press("D")
        await until(pilot, lambda: "-final" in app.text)
        await pilot.press("r")
        assert '"content": "x"' in app.text
        assert "This format keeps no record of its own" in app.text
        await pilot.press("$")
        assert "$0.0021" in app.text
        await pilot.press("h", "J")
        assert app.said == [2]
        await pilot.press("d")
        await until(pilot, lambda: "-for i in range(a, b):" in app.text)
        assert "ranges.py" in app.text


async def test_the_mouse_chooses_tabs_and_costs_choose_steps() -> None:
    app = InspectorHost(step=3)
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.click("TabLine", offset=(9, 0))
        assert app.inspector.tab == "result"
        await pilot.press("$", "g", "enter")
        await pilot.pause()
        assert (app.inspector.step, app.inspector.tab, app.said) == (1, "call", [1])
        assert app.inspector.view.has_focus


async def test_nothing_is_said_as_such() -> None:
    app = InspectorHost([])
    async with app.run_test(size=(80, 10)) as pilot:
        await pilot.pause()
        assert "There is no step yet." in app.text
        app.inspector.clear()
        await pilot.pause()
        assert "No step is chosen." in app.text
        app.inspector.show(trajectory([Message("assistant", "words")]), 1)
        await pilot.press("o")
        assert "This step has no result." in app.text
        await pilot.press("d")
        await until(pilot, lambda: "This step asks for no change of a file." in app.text)
        await pilot.press("D")
        await until(pilot, lambda: "No final diff is recorded." in app.text)


@pytest.mark.parametrize("size", [(20, 6), (100, 40)])
async def test_hostile_text(size: tuple[int, int]) -> None:
    messages = hostile()
    run = trajectory(messages, diff=EVERYTHING)
    app = InspectorHost(run)
    async with app.run_test(size=size):
        inspector = app.inspector
        for tab in TABS:
            inspector.tab = tab
            for step in range(1, Items(messages).n_steps + 1):
                inspector.show(run, step)
                assert_harmless(inspector.view)
                assert_harmless(inspector.query_one("TabLine"))


async def test_an_output_that_is_kept_apart_is_read(tmp_path: Path) -> None:
    kept = tmp_path / "call_1.txt"
    kept.write_text("".join(f"line {i}\n" for i in range(300_000)))
    cut = kept.read_text()[:2000] + "\n[cut]"
    app = InspectorHost([SMALL[2], answer(cut, 1, exit_code=0, output_path=kept)])
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("o")
        await until(pilot, lambda: "not shown" in app.text)
        await pilot.press("G")
        assert "line 299999" in app.text
        assert (
            "This is the full output."
            in result_sections(app.shown.messages, Items(app.shown.messages).as_step(1))[0].note
        )


async def test_an_output_that_comes_too_late_is_not_shown(tmp_path: Path) -> None:
    kept = tmp_path / "call_1.txt"
    kept.write_text("late\n" * 600_000)
    app = InspectorHost([SMALL[2], answer("l", 1, output_path=kept, raw={"content": "raw"})])
    async with app.run_test(size=(100, 30)) as pilot:
        app.inspector.tab = "result"
        app.inspector.tab = "raw"
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert '"content": "raw"' in app.text
        app.inspector.tab = "result"
        await until(pilot, lambda: "late" in app.text)


def test_a_kept_output_that_is_gone_says_so(tmp_path: Path) -> None:
    messages = [SMALL[2], answer("cut", 1, output_path=tmp_path / "none.txt")]
    section = result_sections(messages, Items(messages).as_step(1))[0]
    assert section.text == "cut"
    assert "cannot be read: No such file or directory" in section.note


def test_where_an_output_was_cut() -> None:
    full = "".join(f"line {i}\n" for i in range(1000))
    messages = [SMALL[2], answer(full[:600] + "\n... cut ...\n" + full[-600:], 1, output=full)]
    head, hidden, tail = result_sections(messages, Items(messages).as_step(1))
    assert head.note.startswith("This is the full output. The model was not shown ")
    assert hidden.title.startswith("not shown to the model: ")
    assert "".join(part.text for part in (head, hidden, tail)).replace("\n", "") == full.replace("\n", "")


def test_an_answer_is_missing() -> None:
    sections = result_sections(SMALL[2:3], Items(SMALL[2:3]).as_step(1))
    assert [(s.title, s.note) for s in sections] == [("shell · call_1", "No answer is recorded.")]


@pytest.mark.parametrize(
    ("raw", "titles"),
    [
        ('{"cmd": "ls"}', ["shell · c", "arguments"]),
        ('{ "cmd":\n"ls" }', ["shell · c", "arguments"]),
        ('{"cmd": "l\\u0073"}', ["shell · c", "arguments", "arguments as the model wrote them"]),
        ('{"cmd": "x", "cmd": "ls"}', ["shell · c", "arguments", "arguments as the model wrote them"]),
    ],
)
def test_arguments_as_written_are_shown_when_they_say_more(raw: str, titles: list[str]) -> None:
    message = Message("assistant", tool_calls=(ToolCall("c", "shell", raw, json.loads(raw)),))
    assert [section.title for section in call_sections([message], Items([message]).as_step(1))] == titles


def test_broken_arguments_are_shown_as_written() -> None:
    message = Message("assistant", tool_calls=(ToolCall("c", "shell", '{"cmd": '),))
    (section,) = call_sections([message], Items([message]).as_step(1))
    assert section.text == '{"cmd": '
    assert "no JSON object" in section.note


def test_the_diff_of_a_step() -> None:
    write = call("write_file", {"path": "b.txt", "content": "*** not an envelope\nx"})
    patch = call("apply_patch", {"patch": "--- a/c\n+++ b/c\n@@ -1 +1 @@\n-a\n+b"})
    messages = [Message("assistant", tool_calls=(*SMALL[4].tool_calls, write, patch))]
    assert step_diff(messages, Items(messages).as_step(1)).split("\n") == [
        "*** Update File: ranges.py", "-for i in range(a, b):", "+for i in range(a, b + 1):",
        "*** Add File: b.txt", "+*** not an envelope", "+x",
        "--- a/c", "+++ b/c", "@@ -1 +1 @@", "-a", "+b",
    ]  # fmt: skip


async def test_a_step_of_five_and_of_fifty_megabytes() -> None:
    for megabytes in (5, 50):
        giant = "some output of a program\n" * (40_000 * megabytes)
        record = {"role": "tool", "content": giant}
        asked = Message("assistant", tool_calls=(call("write_file", {"path": "x", "content": giant}, 1),), raw={})
        app = InspectorHost([asked, answer(giant, 1, raw=record)])
        async with app.run_test(size=(160, 48)) as pilot:
            for tab in ("call", "result", "diff", "raw"):
                app.inspector.tab = tab
                lines(app.inspector.view)
            app.inspector.tab = "result"
            await pilot.press("G", "pageup", "g")


async def test_many_steps() -> None:
    run = trajectory(long(100_000))
    app = InspectorHost(run, step=77_777)
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("J", "J")
        assert app.inspector.step == 77_779


async def test_parallel_calls_are_told_apart_and_gone_to() -> None:
    app = InspectorHost(step=2)
    async with app.run_test(size=(100, 12)) as pilot:
        await pilot.pause()
        assert "call 1 of 2 · apply_patch · call_2" in app.text
        await pilot.press("]", "c")
        assert "›call 2 of 2 · shell · call_3" in app.text
        await pilot.press("Y", "n")
        await until(pilot, lambda: app.clipboard == "shell")
        await pilot.press("t")
        await pilot.pause()
        assert "call 2 of 2 · shell · call_3 · arguments" in next(x for x in lines(app.inspector.view) if "›" in x)
        await pilot.press("Y", "a")
        await until(pilot, lambda: app.clipboard == '{"cmd": "pytest -q"}')
        await pilot.press("Y", "o")
        await until(pilot, lambda: app.clipboard == "1 failed")
        await pilot.press("Y", "m")
        await until(pilot, lambda: "messages" in app.clipboard)
        assert len(json.loads(app.clipboard)["messages"]) == 4


async def test_arguments_as_written() -> None:
    message = Message("assistant", tool_calls=(ToolCall("c", "shell", '{ "cmd":\n"ls" }', {"cmd": "ls"}),))
    async with (app := InspectorHost([message])).run_test(size=(80, 20)) as pilot:
        await pilot.press("u")
        assert ' { "cmd":' in app.text


async def test_the_record_is_shown_and_copied_as_it_is_in_the_file(tmp_path: Path) -> None:
    folder = nano_folder(tmp_path / "2026-01-01T00-00-00")
    file = folder / "messages.jsonl"
    before = file.read_bytes().split(b"\n")
    line = '{"content":  "\\u0041 \u202eB", "role":"assistant","tool_calls":null}'.encode()
    file.write_bytes(b"\n".join([*before[:-2], line, b""]))
    app = InspectorHost(Trajectory.load(folder), step=2)
    async with app.run_test(size=(120, 20)) as pilot:
        await pilot.press("r")
        start = file.read_bytes().index(line)
        assert (
            f"messages.jsonl, bytes {start:,} to {start + len(line):,}, exactly as they are · u prints it anew"
            in app.text
        )
        assert ' {"content":  "\\u0041 \ufffdB", "role":"assistant","tool_calls":null}' in app.text
        await pilot.press("Y", "r")
        await until(pilot, lambda: app.clipboard == line.decode())
        await pilot.press("u")
        assert '   "content": "A ' in app.text


async def test_a_record_that_is_in_no_file_is_shown_as_it_was_parsed() -> None:
    app = InspectorHost([Message("assistant", "x", raw={"role": "assistant", "n": [1, 2]})])
    async with app.run_test(size=(120, 20)) as pilot:
        await pilot.press("r")
        assert "The record as it was parsed: its own bytes are not to be had" in app.text
        assert '{"role": "assistant", "n": [1, 2]}' in app.text
        await pilot.press("u")
        assert ' "n": [' in app.text


async def test_results_that_are_json_stand_in_the_tree(tmp_path: Path) -> None:
    kept = tmp_path / "call_3.txt"
    kept.write_text(json.dumps({"rows": [{"id": i} for i in range(100_000)]}))
    run = [SMALL[4], answer('{"ok": true}', 2), answer("cut", 3, output_path=kept)]
    app = InspectorHost(run)
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("t")
        await pilot.pause()
        assert "ok: true" in app.text
        await until(pilot, lambda: "rows: [100,000 elements]" in app.text)


async def test_tabs_that_do_not_fit_are_slid_to() -> None:
    app = InspectorHost()
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.pause()
        assert app.text.startswith("[call]")
        assert "›" in app.text.split("\n")[0]
        await pilot.press("h")
        assert "[cost]" in app.text.split("\n")[0]
        assert app.text.startswith("‹")
        await pilot.click("TabLine", offset=(0, 0))
        assert app.inspector.tab not in ("call", "cost")


async def test_what_looks_like_a_key_is_shown_and_marked() -> None:
    app = InspectorHost([SMALL[2], answer("OPENAI_API_KEY=sk-proj-abcdefghij0123456789", 1)])
    async with app.run_test(size=(110, 20)) as pilot:
        await pilot.press("o")
        assert "looks like a key" in app.text
        assert "sk-proj-abcdefghij0123456789" in app.text
        await pilot.press("c")
        assert "looks like a key" not in app.text
