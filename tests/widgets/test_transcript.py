"""The transcript: what it shows, where it goes, how it folds."""

from __future__ import annotations

from nano_agent.trajectory import Message
from nano_widgets.transcript.transcript import Transcript
from support.histories import answer, call, trajectory
from support.painted import lines
from support.transcript_host import TranscriptHost as Host


async def test_everything_of_a_run_is_there() -> None:
    app = Host()
    async with app.run_test(size=(100, 60)) as pilot:
        await pilot.pause()
        text = app.text
        for words in (
            "system ─", "… 28 more lines · Space shows more", "user ─", "Fix the off-by-one in parse_range",
            "1 assistant ─", "1.4s  8.2k→120 tok  $0.0021", "Where is it?", "I will look for it.",
            "$ rg -n parse_range", "0.1s  ✓ exit 0", "│ ranges.py:14:def", "│ … 24 more lines",
            "2 assistant ─", "apply_patch ranges.py  +1 -1", "-for i in range(a, b):", "+for i in range(a, b + 1):",
            "│ applied", "$ pytest -q", "12s  ✗ exit 1", "│ 1 failed",
            "3 assistant ─", "I made it **closed**.", "end · submission ─",
        ):  # fmt: skip
            assert words in text, f"{words!r} is not in\n{text}"


async def test_parallel_calls_stand_with_their_results() -> None:
    asked = Message("assistant", tool_calls=(call("shell", {"cmd": "one"}, 1), call("shell", {"cmd": "two"}, 2)))
    app = Host([asked, answer("second", 2), answer("first", 1)])
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        order = [app.text.index(words) for words in ("$ one", "first", "$ two", "second")]
        assert order == sorted(order)


async def test_a_call_without_an_answer_says_so() -> None:
    asked = Message("assistant", tool_calls=(call("shell", {"cmd": "one"}, 1),))
    app = Host([asked])
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "no answer recorded" in app.text
        app.transcript.show(trajectory([asked], live=True))
        assert "waiting" in app.text
        app.transcript.ended()
        assert "no answer recorded" in app.text


async def test_keys_go_from_step_to_step() -> None:
    app = Host()
    async with app.run_test(size=(80, 20)) as pilot:
        await pilot.press("l", "l", "l", "l", "h")
        await pilot.pause()
        assert app.steps == [("highlighted", 1), ("highlighted", 2), ("highlighted", 3), ("highlighted", 2)]
        app.transcript.go_to_step(1)
        await pilot.pause()
        assert app.transcript.step == 1
        assert "1 assistant" in app.text
        await pilot.press("G")
        await pilot.press("g")
        await pilot.pause()
        assert app.transcript.top == (0, 0)
        assert app.transcript.cursor == 0


async def test_long_output_unfolds_and_folds() -> None:
    app = Host()
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("l")
        assert "24 more lines" in app.text
        await pilot.press("space")
        assert "more lines" not in "\n".join(row.text for row in app.transcript.layouts.rows(2))
        await pilot.press("space")
        assert "24 more lines" in app.text
        await pilot.press("enter")
        assert "24 more lines" not in app.text
        await pilot.press("enter")
        await pilot.pause()
        assert app.steps[-1] == ("selected", 1)


async def test_enter_on_a_prompt_unfolds_it_and_then_opens_the_first_step() -> None:
    app = Host()
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("enter")
        assert "28 more lines" not in app.text
        await pilot.press("enter")
        await pilot.pause()
        assert app.steps == [("selected", 1)]


async def test_the_mouse_unfolds_chooses_and_opens() -> None:
    app = Host()
    async with app.run_test(size=(100, 60)) as pilot:
        await pilot.pause()
        at = next(y for y, line in enumerate(lines(app.transcript)) if "24 more lines" in line)
        await pilot.click(Transcript, offset=(10, at))
        assert "24 more lines" not in app.text
        at = next(y for y, line in enumerate(lines(app.transcript)) if "1 assistant" in line)
        await pilot.click(Transcript, offset=(10, at), times=2)
        await pilot.pause()
        assert app.steps == [("highlighted", 1), ("selected", 1)]


async def test_toggles() -> None:
    app = Host()
    async with app.run_test(size=(100, 70)) as pilot:
        await pilot.press("t")
        assert "Where is it?" not in app.text
        assert "… 2 lines of reasoning" in app.text
        await pilot.press("t", "o")
        assert "Where is it?" in app.text
        assert "│ … 40 lines of output" in app.text
        assert "1 failed" not in app.text
        await pilot.press("o", "p")
        assert app.text.count("A rule.") == 30


async def test_a_new_width_keeps_the_place() -> None:
    words = " ".join(f"word{i}" for i in range(2000))
    app = Host([Message("user", words), Message("assistant", words), Message("user", words)])
    async with app.run_test(size=(100, 20)) as pilot:
        await pilot.press("l", "pagedown", "pagedown", "j")
        first = lines(app.transcript)[0].split()[1]
        for width in (61, 30, 100, 140):
            await pilot.resize_terminal(width, 20)
            await pilot.pause()
            assert first in lines(app.transcript)[0].split(), f"{first} at {width}"
            first = lines(app.transcript)[0].split()[1]


async def test_an_output_that_was_cut_says_so() -> None:
    app = Host(
        [Message("assistant", tool_calls=(call("shell", {"cmd": "x"}, 1),)), answer("begin", 1, output="begin and end")]
    )
    async with app.run_test(size=(100, 20)) as pilot:
        await pilot.pause()
        assert "✂ cut for the model · w shows it whole" in app.text


async def test_every_binding_says_what_it_does() -> None:
    bindings = list(Transcript._merge_bindings().key_to_bindings.values())
    flat = [
        binding
        for group in bindings
        for binding in group
        if (binding.id or "").startswith(("transcript.", "flow.", "jump."))
    ]
    assert len(flat) > 25
    assert all(binding.description and binding.tooltip for binding in flat)
    actions = [binding.action for binding in flat]
    assert all(hasattr(Transcript, "action_" + action.split("(")[0]) for action in actions)


async def test_a_record_without_words_is_shown_in_a_line_and_unfolds() -> None:
    app = Host([Message("other", raw={"type": "attachment", ("odd", "key"): "x" * 500, "last": "needle"})])
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "{'type': 'attachment'" in app.text
        assert "more of this line · Space shows more" in app.text
        assert "needle" not in app.text
        await pilot.press("space")
        assert "needle" in app.text
        await pilot.press("space", "slash", *"needle")
        assert "needle" in lines(app.transcript)[-2] or "needle" in app.text


async def test_a_step_is_copied_as_it_is() -> None:
    app = Host(
        [Message("assistant", "words \x1b[1m", tool_calls=(call("shell", {"cmd": "ls"}, 1),)), answer("out\t", 1)]
    )
    async with app.run_test(size=(80, 20)) as pilot:
        await pilot.press("y")
        assert app.clipboard == "words \x1b[1m\nls\nout\t"
