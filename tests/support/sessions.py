"""Records of sessions that are kept as JSON lines, of which property tests make files."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from support.stored import CALLS, COUNTS, IDS, TEXTS, TIMES, record

USAGE = record(input_tokens=COUNTS, output_tokens=COUNTS, cache_read_input_tokens=COUNTS)
BLOCKS = st.lists(
    record(type="text", text=TEXTS)
    | record(type="thinking", thinking=TEXTS)
    | record(type="tool_use", id=CALLS, name="Bash", input=record(command=TEXTS))
    | record(type="tool_result", tool_use_id=CALLS, content=TEXTS, is_error=st.booleans())
    | record(type="image", source=record(type="base64", data="A" * 2000)),
    max_size=3,
)
LINKS: dict[str, Any] = {
    "uuid": IDS,
    "parentUuid": IDS | st.none(),
    "sessionId": "s",
    "timestamp": TIMES,
    "isSidechain": st.sampled_from([False, False, False, True]),
    "agentId": st.sampled_from(["a1", "a2"]),
}
CLAUDE = (
    record(type="user", message=record(role="user", content=TEXTS | BLOCKS), **LINKS)
    | record(
        type="assistant",
        message=record(id=st.sampled_from(["m1", "m2", "m3"]), model="claude", content=BLOCKS, usage=USAGE),
        **LINKS,
    )
    | record(type=st.sampled_from(["system", "attachment", "progress", "odd"]), content=TEXTS, **LINKS)
    | record(
        type="user", message=record(role="user", content=st.sampled_from(["<command-name>/a", "<bash-x"])), **LINKS
    )
    | record(
        type="attachment",
        attachment=record(type="queued_command", commandMode=st.sampled_from(["prompt", "task"]), prompt=TEXTS),
        **LINKS,
    )
)
ITEMS = (
    record(
        type="message",
        role=st.sampled_from(["user", "assistant"]),
        content=st.lists(record(type="input_text", text=TEXTS)),
    )
    | record(type="reasoning", summary=st.lists(record(type="summary_text", text=TEXTS), max_size=2))
    | record(type="function_call", name="shell", arguments=TEXTS, call_id=CALLS)
    | record(type="function_call_output", output=TEXTS, call_id=CALLS)
    | record(type="agent_message", author="/root/a", content=st.lists(record(type="input_text", text=TEXTS)))
)
TOTAL = record(total_token_usage=record(input_tokens=COUNTS, output_tokens=COUNTS))
EVENTS = (
    record(type="token_count", info=TOTAL)
    | record(type="user_message", message=TEXTS)
    | record(type="exec_command_end", call_id=CALLS, exit_code=COUNTS, aggregated_output=TEXTS)
    | record(type="thread_rolled_back", num_turns=st.integers(0, 3))
    | record(type="turn_aborted", reason=TEXTS)
    | record(type="item_completed", item=record(type="CommandExecution", id=CALLS, status="failed", exit_code=COUNTS))
    | record(type="thread_settings_applied", thread_settings=record(model="gpt-7"))
)
USED = record(input_tokens=COUNTS, output_tokens=COUNTS)
CODEX = (
    record(type="response_item", timestamp=TIMES, payload=ITEMS)
    | record(type="event_msg", timestamp=TIMES, payload=EVENTS)
    | record(type="compacted", timestamp=TIMES, payload=record(message=TEXTS, replacement_history=st.lists(ITEMS)))
    | record(type="turn_context", timestamp=TIMES, payload=record(model=st.sampled_from(["gpt-5", "gpt-6"])))
    | record(type="token_usage_record", timestamp=TIMES, payload=record(usage=USED, thread_token_usage=USED))
)
SAID = (
    record(role="user", content=TEXTS)
    | record(
        role="assistant",
        content=st.lists(
            record(type="text", text=TEXTS)
            | record(type="toolCall", id=CALLS, name="bash", arguments=record(command=TEXTS))
        ),
        model="m",
        usage=record(input=COUNTS, output=COUNTS, cost=record(total=COUNTS)),
        stopReason=st.sampled_from(["stop", "error"]),
    )
    | record(role="toolResult", toolCallId=CALLS, toolName="bash", content=TEXTS, isError=st.booleans())
)
PI = record(type="message", id=IDS, parentId=IDS | st.none(), timestamp=TIMES, message=SAID) | record(
    type=st.sampled_from(["compaction", "label", "model_change"]), id=IDS, parentId=IDS, summary=TEXTS, modelId="m"
)
STREAM = (
    record(type="user", message=record(role="user", content=TEXTS | BLOCKS), parent_tool_use_id=CALLS | st.none())
    | record(
        type="assistant",
        message=record(id=st.sampled_from(["m1", "m2", "m3"]), model="claude", content=BLOCKS, usage=USAGE),
        parent_tool_use_id=CALLS | st.none(),
        session_id="s",
    )
    | record(type="result", subtype="success", duration_ms=COUNTS, total_cost_usd=COUNTS, usage=USAGE)
    | record(type=st.sampled_from(["system", "stream_event", "odd", "user"]), content=TEXTS, timestamp=TIMES)
)
PARTS = st.lists(
    record(text=TEXTS)
    | record(text=TEXTS, thought=True)
    | record(functionCall=record(id=CALLS, name="ls", args=record(path=TEXTS)))
    | record(functionResponse=record(id=CALLS, name="ls", response=record(output=TEXTS))),
    max_size=3,
)
SPOKEN = record(
    id=IDS, type=st.sampled_from(["user", "gemini", "gemini", "info", "odd"]), timestamp=TIMES, content=PARTS | TEXTS
) | record(
    id=IDS,
    type="gemini",
    model="gemini",
    content=PARTS,
    tokens=record(input=COUNTS, output=COUNTS),
    toolCalls=st.lists(
        record(id=CALLS, name="ls", args=record(path=TEXTS), status="success", result=st.none() | PARTS), max_size=2
    ),
)
GEMINI = (
    SPOKEN
    | SPOKEN
    | SPOKEN
    | st.builds(lambda identity: {"$rewindTo": identity}, IDS)
    | st.builds(lambda messages: {"$set": {"messages": messages}}, st.lists(SPOKEN, max_size=3))
    | st.just({"$set": {"summary": "short"}})
)
EVENT = (
    record(type="message", role=st.sampled_from(["user", "assistant"]), content=TEXTS, delta=st.booleans())
    | record(type="tool_use", tool_id=CALLS, tool_name="ls", parameters=record(path=TEXTS), timestamp=TIMES)
    | record(type="tool_result", tool_id=CALLS, status="error", output=TEXTS)
    | record(type=st.sampled_from(["result", "error"]), message=TEXTS, stats=record(input_tokens=COUNTS))
)
KINDS = {
    "claude": CLAUDE,
    "codex": CODEX,
    "pi": PI,
    "stream": STREAM,
    "gemini": GEMINI,
    "gemini_stream": EVENT,
}
HEADS = {
    "claude": {"type": "user", "uuid": "0", "parentUuid": None, "sessionId": "s", "message": {"content": "begin"}},
    "codex": {"type": "session_meta", "timestamp": "2026-01-02T03:04:05Z", "payload": {"id": "x", "cwd": "/w"}},
    "pi": {"type": "session", "version": 3, "id": "x", "timestamp": "2026-01-02T03:04:05Z", "cwd": "/w"},
    "gemini": {"sessionId": "s", "projectHash": "p", "startTime": "2026-01-02T03:04:05Z"},
    "gemini_stream": {"type": "init", "session_id": "s", "model": "gemini"},
    "stream": {"type": "system", "subtype": "init", "session_id": "s", "model": "claude", "cwd": "/w"},
}
BETWEEN = st.sampled_from(["\n", "\n", "\n", "\n", "\n\n  ", "", '\n{"torn": \n', "\r\n"])


@st.composite
def session(draw: st.DrawFn, kind: str, *, whole: bool = False) -> str:
    """A file of one of these kinds; unless it is to be whole, with lines that are empty, torn or two in one."""
    records = draw(st.lists(KINDS[kind], max_size=12))
    if whole:
        return "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in (HEADS[kind], *records))
    text = json.dumps(HEADS[kind])
    for number, each in enumerate(records):
        text += (draw(BETWEEN) if number else "\n") + json.dumps(each, ensure_ascii=False)
    return text + draw(st.sampled_from(["\n", "", '\n{"type": "us']))
