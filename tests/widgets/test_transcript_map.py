"""The map beside a transcript, and the jumps along it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from textual import events

from nano_agent.trajectory import Message
from nano_widgets.looks import EDIT, ERROR, USER
from nano_widgets.outcomes import outcome
from nano_widgets.transcript.items import Items
from nano_widgets.transcript.marks import ItemMarks
from nano_widgets.transcript.transcript import Transcript
from nano_widgets.transcript.view import View
from support.histories import SMALL, answer, call, long
from support.painted import lines
from support.screen import until
from support.transcript_host import TranscriptHost as Host


async def test_jumps() -> None:
    app = Host(long(1000))
    async with app.run_test(size=(80, 20)) as pilot:
        await pilot.press("]", "e")
        assert app.transcript.step == 100
        await pilot.press("]", "e", "]", "e", "[", "e")
        assert app.transcript.step == 200
        await pilot.press("[", "u")
        assert app.transcript.cursor == 1
        await pilot.press("]", "x", "e")
        assert app.transcript.cursor == 1
        await pilot.press("]", "d")
        assert len(app._notifications) == 1


KINDS = st.sampled_from(
    [
        (Message("user", "u"),),
        (Message("assistant", "a"),),
        (Message("assistant", tool_calls=(call("shell", {"cmd": "x"}, 1),)), answer("", 1, exit_code=1)),
        (Message("assistant", tool_calls=SMALL[4].tool_calls[:1]), answer("", 2)),
        (Message("assistant", tool_calls=SMALL[4].tool_calls[:1]), answer("", 2, failed=True)),
    ]
)


@given(st.lists(KINDS, min_size=1, max_size=12), st.integers(0, 12), st.integers(0, 11), st.booleans())
def test_marks_find_what_looking_at_everything_finds(
    kinds: list[tuple[Message, ...]], known: int, item: int, hits: bool
) -> None:
    messages = [message for group in kinds for message in group]
    view = View(messages, Items(messages))
    marks = ItemMarks(view)
    while known and marks.work(0):
        known -= 1
    if hits:
        marks.hits({0, 1})
    count = len(view.items)
    item = min(item, count - 1)

    def became(i: int) -> str:
        return outcome(messages, view.items.as_step(view.items.step(i))).kind if view.items.step(i) else ""

    looks = {
        USER: lambda i: messages[view.items.messages(i)[0]].role == "user",
        ERROR: lambda i: became(i) in ("error", "red"),
        EDIT: lambda i: bool(view.items.step(i)) and outcome(messages, view.items.as_step(view.items.step(i))).edited,
    }
    for mark, look in looks.items():
        after = [i for i in range(item + 1, count) if look(i)]
        before = [i for i in range(item) if look(i)]
        assert marks.find(mark, item, 1) == (after[0] if after else None)
        assert marks.find(mark, item, -1) == (before[-1] if before else None)


async def test_the_wheel_and_the_map_scroll() -> None:
    app = Host(long(1000))
    async with app.run_test(size=(80, 20)) as pilot:
        transcript = app.transcript
        await pilot.pause()
        transcript.post_message(events.MouseScrollDown(transcript, 5, 5, 0, 1, 0, False, False, False, 5, 5))
        await pilot.pause()
        assert transcript.top == (1, 0)
        await pilot.mouse_down(Transcript, offset=(79, 10))
        assert 450 < transcript.step < 550
        await pilot.hover(Transcript, offset=(79, 19))
        await pilot.mouse_up(Transcript, offset=(79, 19))
        assert transcript.step > 900
        await pilot.hover(Transcript, offset=(79, 1))
        assert transcript.step > 900


async def test_the_map_shows_errors() -> None:
    app = Host(long(1000))
    async with app.run_test(size=(80, 20)) as pilot:
        column = lambda: [line[-1] for line in lines(app.transcript)]  # noqa: E731
        await until(pilot, lambda: column().count("!") >= 9)
        assert column()[0] in "●┃"


async def test_an_answer_that_came_later_is_found() -> None:
    asked = Message("assistant", tool_calls=(call("shell", {"cmd": "x"}, 1),))
    app = Host([Message("user", "u"), asked, answer("", 1, exit_code=0), asked], live=True)
    async with app.run_test(size=(80, 20)) as pilot:
        transcript = app.transcript
        await until(pilot, lambda: not transcript.marks.work(1))
        transcript.append([answer("", 1, exit_code=1), Message("assistant", "words")])
        await until(pilot, lambda: not transcript.marks.work(1))
        await pilot.press("g", "]", "e")
        assert transcript.step == 2
