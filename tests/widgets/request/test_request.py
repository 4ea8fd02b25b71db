"""The request as the model got it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from textual.app import App, ComposeResult

from nano_agent.trajectory import Message, Trajectory, Usage
from nano_widgets.inspector import Inspector
from nano_widgets.request.counts import Counts
from nano_widgets.request.sent import as_request, end_of
from nano_widgets.transcript.items import Items
from support.histories import SMALL, hostile, long, trajectory
from support.painted import assert_harmless, lines
from support.screen import until

TOOLS = ({"type": "function", "function": {"name": "shell", "description": "Run it.", "parameters": {}}},)
RUN = trajectory(SMALL, tools=TOOLS, model="some/model")


class Host(App[None]):
    def __init__(self, run: Trajectory, step: int, window: int | None = None) -> None:
        super().__init__()
        self.shown, self.step, self.window = run, step, window

    def compose(self) -> ComposeResult:
        yield Inspector()

    def on_mount(self) -> None:
        inspector = self.query_one(Inspector)
        inspector.know_window(self.window)
        inspector.tab = "request"
        inspector.show(self.shown, self.step)
        inspector.focus_view()

    @property
    def text(self) -> str:
        return "\n".join(lines(self.query_one(Inspector).view))


async def test_what_was_new_and_what_it_took() -> None:
    app = Host(RUN, 1, window=82_000)
    async with app.run_test(size=(110, 30)) as pilot:
        await until(pilot, lambda: "the first request: 2 messages" in app.text)
        assert "10% of the window · 8,200 tokens by the provider · ~" in app.text
        assert "reconstructed" in app.text
        assert "▸ 1 tool" in app.text
        await pilot.press("J")
        await until(pilot, lambda: "sent with earlier requests: 2 messages" in app.text)
        assert "new since the request before: 2 messages" in app.text
        assert "2: assistant I will look for it. → shell" in app.text
        assert "~1% of the window · ~538 tokens" in app.text  # the reply of this step says nothing of its tokens
        await pilot.press("slash", *"half")
        await pilot.press("escape", "g", "enter")
        assert "0: shell Run it." in app.text


async def test_an_unknown_window_and_tools() -> None:
    app = Host(trajectory(SMALL), 1)
    async with app.run_test(size=(110, 30)) as pilot:
        await until(pilot, lambda: "– of the window" in app.text)
        assert "tools unknown" in app.text
        app.query_one(Inspector).know_window(8200)
        await until(pilot, lambda: "100%! of the window" in app.text)


def test_the_request_as_json_could_be_sent_again() -> None:
    rejected = Message("assistant", "not in the history", note="rejected turn")
    messages = [*SMALL[:4], rejected, Message("exit", "bye"), *SMALL[4:]]
    run = replace(RUN, messages=messages)
    request = json.loads(json.dumps(as_request(run, end_of(Items(messages), 4, messages))))
    assert [m["role"] for m in request["messages"]] == [
        "system", "user", "assistant", "tool", "assistant", "tool", "tool",
    ]  # fmt: skip
    asked = request["messages"][2]["tool_calls"][0]
    assert (asked["id"], asked["type"], asked["function"]["name"]) == ("call_1", "function", "shell")
    assert request["messages"][3]["tool_call_id"] == "call_1"
    assert (request["model"], request["tools"]) == ("some/model", list(TOOLS))


def test_our_own_records_are_sent_as_they_are() -> None:
    raw = {"role": "user", "content": [{"type": "text", "text": "hi"}], "name": "me"}
    run = replace(trajectory([Message("user", "hi", raw=raw), Message("assistant", "yes")]), format="nano-run")
    assert as_request(run, 1)["messages"] == [raw]


def test_tokens_are_counted_once_and_add_up() -> None:
    messages = long(3000)
    counts = Counts(trajectory(messages))
    assert counts.extend(messages, 10, lambda: False)
    assert counts.extend(messages, len(messages), lambda: False)
    assert not counts.extend([*messages, *messages], len(messages) + 1, lambda: True)
    assert sum(counts.of(i) for i in range(len(counts))) == counts.between(0, len(counts))
    assert counts.sent_between(0, len(counts)) == len(messages)


async def test_a_long_run_opens_folded() -> None:
    app = Host(trajectory(long(2000)), 2000)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: "sent with earlier requests: 3,998 messages" in app.text)
        await pilot.press("g", "enter", "j", "enter", "j", "enter")
        assert "messages 500 to 999" not in app.text.split("messages 0 to 499")[0]
        assert "content:" in app.text


async def test_hostile_messages_and_tools() -> None:
    messages = hostile()
    tools = tuple({"function": {"name": m.text, "description": m.text}, m.text: m.text} for m in messages[::5])
    run = trajectory(messages, tools=tools)
    app = Host(run, 1)
    async with app.run_test(size=(100, 40)) as pilot:
        inspector = app.query_one(Inspector)
        for step in range(1, Items(messages).n_steps + 1, 3):
            inspector.show(run, step)
            await until(pilot, lambda: "Counting" not in app.text)
            await pilot.press("g", "greater_than_sign", "greater_than_sign", "G", "greater_than_sign")
            assert_harmless(inspector.view)


def test_usage_of_the_reply_is_the_requests_own() -> None:
    reply = Message("assistant", "x", usage=Usage(prompt_tokens=7))
    assert end_of(Items([SMALL[0], reply]), 1, [SMALL[0], reply]) == 1


def test_a_run_that_sends_less_than_its_history_shows_what_was_sent() -> None:
    sample = Path(__file__).resolve().parents[3] / "sample_trajectories/mini-coding-agent"
    run = Trajectory.load(sample)
    replies = [i for i, message in enumerate(run.messages) if message.role == "assistant"]
    sent = as_request(run, replies[2])["messages"]
    assert sent == [json.loads(line) for line in (sample / "requests/00003.jsonl").read_text().splitlines()]
    assert [message["role"] for message in sent] == ["system", "user"]
    assert "## Transcript" in sent[1]["content"]


def test_a_reply_of_the_wrong_form_stays_in_our_requests() -> None:
    run = Trajectory.load(Path(__file__).resolve().parents[3] / "sample_trajectories/mini-swe-agent")
    rejected = next(i for i, message in enumerate(run.messages) if message.note == "format error")
    assert as_request(run, rejected + 2)["messages"][rejected]["content"] == run.messages[rejected].text


async def test_the_view_shows_the_shorter_prompt_that_was_sent_and_no_tools_that_were_not() -> None:
    sample = Path(__file__).resolve().parents[3] / "sample_trajectories/mini-coding-agent"
    run = Trajectory.load(sample)
    app = Host(run, 3)
    async with app.run_test(size=(160, 30)) as pilot:
        await until(pilot, lambda: "as it was sent: 2 messages" in app.text)
        assert "1: user ## What you remember" in app.text
        assert "requests/00003.jsonl" in app.text
        assert "7 tools" not in app.text
        assert "sent with earlier requests" not in app.text
    for name in ("mini-coding-agent", "mini-swe-agent-text", "tiny"):
        assert "tools" not in as_request(Trajectory.load(sample.parent / name), 2)
    assert "tools" in as_request(Trajectory.load(sample.parent / "mini-swe-agent"), 2)
