"""What `codex exec --json` writes: events of a thread, or (until 0.43) of the protocol underneath."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nano_agent.formats import values
from nano_agent.formats.codex_items import add_facts, usage_of
from nano_agent.formats.draft import Draft, counted, time_replies, timed
from nano_agent.formats.jsonl import Records, opening
from nano_agent.formats.reader import NotATrajectory
from nano_agent.formats.source import Source
from nano_agent.formats.stored import HeldMessages
from nano_agent.trajectory import Trajectory, Usage, total_usage

Record = dict[str, Any]

_EVENTS = ("thread.started", "turn.started", "item.started", "item.updated", "item.completed", "turn.completed")
_WORDS = {"agent_message": "message", "agent_reasoning": "text", "reasoning": "text"}
# What is left of an item once what is known of it otherwise is taken away: the call's arguments.
_NO_ARGUMENTS = ("id", "type", "status", "aggregated_output", "exit_code", "result", "error", "agents_states")
_FAILED = ("failed", "declined")


class CodexExecReader:
    """Reads the stream of one `codex exec`."""

    name = "codex_exec"

    def sniff(self, source: Source) -> bool:
        """Events called `thread.started` or `item.completed`, or messages of the old protocol."""
        return any(_is_ours(record) for record in opening(source))

    def read(self, source: Source) -> Iterator[Trajectory]:
        """The one run in the file."""
        stream, records, recognised = _Stream(), Records(source.lines()), False
        for record in records:
            recognised = recognised or _is_ours(record)
            stream.take(record)
        if not recognised:
            raise NotATrajectory(source.path, "no event of a run of codex exec")
        messages = HeldMessages(draft.message() for draft in stream.drafts)
        time_replies(messages)
        started, seconds = timed(messages)
        yield Trajectory(
            format=self.name,
            path=source.path,
            messages=messages,
            model=values.word(stream.settings.get("model")),
            task=next((m.text for m in messages if m.role == "user"), None),
            exit_status=stream.status,
            exit_reason=stream.reason,
            started_at=started,
            seconds=seconds,
            usage=stream.usage or total_usage(messages),
            counts=counted(messages),
            repo=values.word(stream.settings.get("workdir")),
            metadata={"thread_id": stream.thread, "settings": stream.settings},
            warnings=tuple(records.warnings),
        )


class _Stream:
    """The run after the events taken so far."""

    def __init__(self) -> None:
        self.drafts: list[Draft] = []
        self.settings: Record = {}
        self.thread: str | None = None
        self.status: str | None = None
        self.reason: str | None = None
        self.usage: Usage | None = None
        self._reply: Draft | None = None
        self._called: set[str] = set()

    def take(self, record: Record) -> None:
        """Go on by one event."""
        kind, item, message = values.text(record.get("type")), record.get("item"), record.get("msg")
        if isinstance(message, dict):
            self._old(record, message)
        elif isinstance(item, dict) and kind.startswith("item."):
            self._item(record, item, done=kind == "item.completed")
        elif kind in ("turn.completed", "turn.failed"):
            self._reply = None
            self.status = kind.removeprefix("turn.")
            self.usage = usage_of(record.get("usage")) or self.usage
            self.reason = values.word(values.record(record.get("error")).get("message"))
        elif kind == "thread.started":
            self.thread = values.word(record.get("thread_id"))
        elif isinstance(record.get("prompt"), str):
            self._add(Draft("user", [record["prompt"]], raws=[record]))
        elif not kind and "model" in record:
            self.settings = record
        elif kind != "turn.started":
            self._add(Draft("other", [values.text(record.get("message"))], raws=[record], note=kind))

    def _item(self, record: Record, item: Record, *, done: bool) -> None:
        kind = values.text(item.get("type"))
        if kind in ("agent_message", "reasoning"):
            if done:
                part = self._part(record)
                (part.texts if kind == "agent_message" else part.thoughts).append(values.text(item.get("text")))
        elif kind in ("todo_list", "error", "plan"):
            if done:
                text = values.text(item.get("message")) or values.text(item.get("text"))
                self._other(Draft("other", [text], raws=[record], note=kind.replace("_", " ")))
        else:
            self._call(record, values.text(item.get("id")), kind, _arguments(item))
            if done:
                self._observe(record, item)

    def _call(self, record: Record, identity: str, name: str, arguments: Any) -> None:
        """Note a call when it starts; what the same item says later is not another one."""
        if identity and identity in self._called:
            return
        self._called.add(identity)
        self._part(record).calls.append(values.tool_call(identity, name, arguments))

    def _observe(self, record: Record, item: Record) -> None:
        result, error = item.get("result"), values.record(item.get("error"))
        said = item.get("aggregated_output") or values.joined_text(values.record(result).get("content"))
        draft = Draft("tool", [values.text(said) or values.text(error.get("message"))], raws=[record])
        draft.call_id = values.word(item.get("id"))
        draft.exit_code = values.integer(item.get("exit_code"))
        draft.failed = item["status"] in _FAILED if isinstance(item.get("status"), str) else None
        self._add(draft)

    def _old(self, record: Record, message: Record) -> None:
        """An event of the old protocol, which names calls by `call_id` when they begin and end."""
        kind, identity = values.text(message.get("type")), values.text(message.get("call_id"))
        if kind in _WORDS:
            part = self._part(record)
            (part.texts if kind == "agent_message" else part.thoughts).append(values.text(message.get(_WORDS[kind])))
        elif kind.endswith("_begin") and identity:
            arguments = {key: value for key, value in message.items() if key not in ("type", "call_id")}
            self._call(record, identity, kind.removesuffix("_begin"), arguments)
        elif kind.endswith("_end") and identity:
            text = "".join(values.text(message.get(key)) for key in ("stdout", "stderr"))
            draft = Draft("tool", [values.text(message.get("formatted_output")) or text], raws=[record])
            draft.call_id = identity
            add_facts(draft, message)
            self._add(draft)
        elif kind == "token_count":
            counted_so_far = values.record(message.get("info")).get("total_token_usage") or message
            self.usage = usage_of(counted_so_far) or self.usage
        elif kind in ("task_complete", "turn_aborted", "error"):
            self.status = {"task_complete": "completed", "turn_aborted": "aborted"}.get(kind, "failed")
            self.reason = values.word(message.get("message")) or values.word(message.get("reason"))

    def _part(self, record: Record) -> Draft:
        if self._reply is None:
            self._add(Draft("assistant"))
            self._reply = self.drafts[-1]
        self._reply.raws.append(record)
        self._reply.timestamp = values.epoch(record.get("timestamp"))
        return self._reply

    def _add(self, draft: Draft) -> None:
        self._reply = None
        self._other(draft)

    def _other(self, draft: Draft) -> None:
        draft.timestamp = values.epoch(values.record(draft.raws[0]).get("timestamp")) if draft.raws else None
        self.drafts.append(draft)


def _arguments(item: Record) -> Record:
    return {key: value for key, value in item.items() if key not in _NO_ARGUMENTS}


def _is_ours(record: Record) -> bool:
    if record.get("type") in _EVENTS:
        started = isinstance(record.get("thread_id"), str)
        return started or isinstance(record.get("item"), dict) or record.get("type") in ("turn.started",)
    message = values.record(record.get("msg"))
    return isinstance(record.get("id"), str) and isinstance(message.get("type"), str) and set(record) == {"id", "msg"}
