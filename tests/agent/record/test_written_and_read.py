"""Whatever a run writes is what following it shows, and what reading it afterwards shows."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nano_agent.formats.nano_run import read_run
from nano_agent.record import Follower, Recorder
from nano_agent.trajectory import Message

texts = st.text(max_size=30) | st.sampled_from(["\0", "\u2028\u2029", "x" * 5000, "\n\r\n", '"}\n{"'])
calls = st.builds(
    lambda i, n, a: {"id": i, "type": "function", "function": {"name": n, "arguments": a}}, texts, texts, texts
)
messages = st.one_of(
    st.builds(lambda role, text: {"role": role, "content": text}, st.sampled_from(["system", "user"]), texts),
    st.builds(
        lambda text, reasoning, calls: {
            "role": "assistant",
            "content": text,
            **({"reasoning_content": reasoning} if reasoning else {}),
            **({"tool_calls": calls} if calls else {}),
        },
        texts | st.none(),
        texts,
        st.lists(calls, max_size=3),
    ),
    st.builds(lambda call, text: {"role": "tool", "tool_call_id": call, "content": text}, texts, texts),
)


def _seen(message: Message) -> tuple[object, ...]:
    calls = tuple((call.id, call.name, call.raw_arguments) for call in message.tool_calls)
    return (message.role, message.text, message.reasoning, calls, message.call_id, message.raw)


def _written(record: dict[str, Any]) -> tuple[object, ...]:
    calls = tuple(
        (call["id"], call["function"]["name"], call["function"]["arguments"]) for call in record.get("tool_calls", ())
    )
    text, reasoning = record["content"] or "", record.get("reasoning_content", "")
    return (record["role"], text, reasoning, calls, record.get("tool_call_id"), record)


@given(history=st.lists(messages, max_size=12), looks=st.lists(st.booleans(), min_size=12, max_size=12))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_written_is_what_is_read(tmp_path: Path, history: list[dict[str, Any]], looks: list[bool]) -> None:
    folder = tmp_path / "runs" / "run"
    shutil.rmtree(folder, ignore_errors=True)
    recorder = Recorder(folder)
    recorder.create({"format": "nano-run/1"}, [])
    follower, seen = Follower(folder), list[Message]()
    for record, look in zip(history, looks, strict=False):
        recorder.live("text", "in flight")
        recorder.flush_live()
        recorder.message(record)
        if look:
            seen += follower.poll().messages
    seen += follower.poll().messages
    recorder.close()
    expected = [_written(record) for record in history]
    assert [_seen(message) for message in seen] == expected
    assert [_seen(message) for message in read_run(folder).messages] == expected
