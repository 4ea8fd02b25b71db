"""A shorter prompt than the history: a small memory, the newest of the transcript, and the request that is worked on.

The history itself stays whole on disk; everything here is derived from it, so a run that is taken up again goes on with
the same memory.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from posixpath import normpath
from typing import TYPE_CHECKING, Any

from nano_agent.protocols import Action, ReplyProtocol
from nano_agent.protocols.base import text_of
from nano_agent.tools import ArgumentError
from nano_agent.tools.arguments import parse_arguments
from nano_agent.tools.read_file import READ_LINES

if TYPE_CHECKING:
    from nano_agent.scaffolds.scaffold import Sent

TASK_CHARS, NOTE_CHARS, FILES, NOTES = 300, 220, 8, 5
_FAILED = ("error", "[")


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened, as the transcript tells it."""

    kind: str
    """user, assistant, notice, or tool."""
    text: str
    name: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def head(self) -> str:
        """The line above its text."""
        called = f"tool:{self.name}" if self.kind == "tool" else self.kind
        shown = f" {json.dumps(self.arguments, ensure_ascii=False)}" if self.kind == "tool" else ""
        return f"[{called}]{shown}"

    @property
    def read(self) -> tuple[str, range] | None:
        """The file and the lines that this read showed, if it is a read that worked."""
        path = self.arguments.get("path")
        if self.name != "read_file" or not isinstance(path, str) or self.text.startswith(_FAILED):
            return None
        first, last = self.arguments.get("start", 1), self.arguments.get("end")
        if not isinstance(first, int):
            return None
        return normpath(path), range(first, (last if isinstance(last, int) else first + READ_LINES - 1) + 1)


class Memory:
    """The task, the files that were last in hand, and the last notes."""

    def __init__(self) -> None:
        self.task = ""
        self.files: deque[str] = deque(maxlen=FILES)
        self.notes: deque[str] = deque(maxlen=NOTES)

    def take(self, entry: Entry) -> None:
        """Remember what is worth it of an entry."""
        if entry.kind == "user":
            self.task = self.task or entry.text[:TASK_CHARS]
        elif entry.kind == "tool":
            path = entry.arguments.get("path")
            if isinstance(path, str) and entry.name in ("read_file", "write_file", "patch_file"):
                if path in self.files:
                    self.files.remove(path)
                self.files.append(path)
            self._note(f"{entry.name}: {entry.text}")
        elif entry.kind == "assistant":
            self._note(entry.text)

    @property
    def text(self) -> str:
        """The memory as the model and a person read it."""
        notes = "\n".join(f"  - {note}" for note in self.notes) or "  none"
        return f"- task: {self.task or 'none'}\n- files: {', '.join(self.files) or 'none'}\n- notes:\n{notes}"

    def as_dict(self) -> dict[str, Any]:
        """For JSON, under mini-coding-agent's keys."""
        return {"task": self.task, "files": list(self.files), "notes": list(self.notes)}

    def _note(self, text: str) -> None:
        self.notes.append(_clipped(" ".join(text.split()), NOTE_CHARS))


class WorkingPrompt:
    """See the module; one for each run."""

    def __init__(self, settings: Sent, protocol: ReplyProtocol) -> None:
        self.memory = Memory()
        self.entries: list[Entry] = []
        self._settings = settings
        self._protocol = protocol
        self._taken = 1
        self._after: Action | str = "user"
        """What the next message of the user answers: an action, or it is a user's word or a notice."""

    def sent(self, messages: list[dict[str, Any]]) -> Sequence[Mapping[str, Any]]:
        """The system prompt, and all else in one message."""
        self.take(messages)
        requests = [entry.text for entry in self.entries if entry.kind == "user"]
        parts = {
            "What you remember": self.memory.text,
            "Transcript": self.transcript(),
            "The request you work on now": requests[-1] if requests else "",
        }
        prompt = "\n\n".join(f"## {title}\n{text}" for title, text in parts.items())
        return [*messages[:1], {"role": "user", "content": prompt}]

    def take(self, messages: Sequence[Mapping[str, Any]]) -> None:
        """Take the messages into account that came since the last time."""
        for message in messages[self._taken :]:
            entry = self._entry(message)
            if entry is not None:
                self.entries.append(entry)
                self.memory.take(entry)
        self._taken = len(messages)

    def transcript(self) -> str:
        """The newest of what happened that fits, oldest first."""
        shown, left, later_reads = list[str](), self._settings.limit, list[tuple[str, range]]()
        dropped = 0
        for age, entry in enumerate(reversed(self.entries)):
            read = entry.read
            if read is not None:
                if age and any(path == read[0] and _covers(lines, read[1]) for path, lines in later_reads):
                    continue
                later_reads.append(read)
            text = self._shown(entry, age)
            if len(text) > left and age:
                dropped = len(self.entries) - age
                break
            left -= len(text) + 1
            shown.append(text)
        if dropped:
            shown.append(f"[{dropped} earlier entries left out]")
        return "\n".join(reversed(shown)) or "empty"

    def _shown(self, entry: Entry, age: int) -> str:
        settings = self._settings
        if age < settings.recent:
            limit = settings.recent_limit
        else:
            limit = settings.old_call_limit if entry.kind == "tool" else settings.old_text_limit
        if age == 0:
            # What the model has just asked for it must see as it came.
            limit = max(limit, settings.limit // 2)
        return f"{_clipped(entry.head, limit)}\n{_clipped(entry.text, limit)}"

    def _entry(self, message: Mapping[str, Any]) -> Entry | None:
        text = text_of(message)
        if message.get("role") != "assistant":
            after, self._after = self._after, "user"
            if isinstance(after, Action):
                return Entry("tool", text, after.name, _object(after.arguments))
            return Entry(after, text)
        turn = self._protocol.read(message)
        if turn.rejected:
            self._after = "notice"
        elif turn.actions:
            self._after = turn.actions[0]
        else:
            self._after = "user"
            return Entry("assistant", turn.text)
        return None


def _object(arguments: object) -> dict[str, Any]:
    try:
        parsed = parse_arguments(arguments)
    except ArgumentError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _covers(lines: range, others: range) -> bool:
    return lines.start <= others.start and others.stop <= lines.stop


def _clipped(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[:limit]} ...[{len(text) - limit} characters left out]"
