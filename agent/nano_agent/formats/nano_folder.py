"""The files of a nano run folder: where they are, what they hold, and what their presence says of the run's end."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nano_agent.formats import values
from nano_agent.formats.source import Source, documents_in, parse
from nano_agent.trajectory import Message

FOLDER_NAME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(-[0-9a-f]{8})?\Z")
MESSAGES, FIRST_COMMIT = "messages.jsonl", "trajectory.jsonl"
COMPANIONS = frozenset(("metadata.json", "tools.json", "diff.txt", "stats.json", "tool_log.jsonl"))
MEMBERS = COMPANIONS | {MESSAGES, FIRST_COMMIT}
_OWN_FORMAT = b'"nano-run/'
_LONE = re.compile(rb'\s*\{\s*"message"\s*:|You are [Nn]ano\b')
_LONE_BYTES = 2000
_PROMPT = re.compile(r"You are [Nn]ano\b")
_PUNCTUAL = 10.0  # seconds that writing a folder's first files may take


@dataclass(frozen=True)
class Folder:
    """Everything read from one run folder (or from a messages file without one)."""

    path: Path
    records: Sequence[Any]
    """The lines of messages.jsonl that parse, as on disk."""
    metadata: Sequence[Any] = ()
    """The documents in metadata.json: one, or one for each run that shares the folder."""
    tools: Sequence[Any] = ()
    diff: str | None = None
    stats: dict[str, Any] = field(default_factory=dict)
    tool_log: Sequence[Any] = ()
    started_at: float | None = None
    seconds: float | None = None
    diff_is_newest: bool = False
    """Whether diff.txt was written after the last message, as far as file times can be believed."""
    warnings: tuple[str, ...] = ()

    @property
    def has_end_marks(self) -> bool:
        """Whether this version leaves a mark when it ends: an empty diff.txt waits for it from the start."""
        return self.diff is not None


def locate(source: Source) -> Path | None:
    """The run folder, or the messages file that stands alone; `None` when this is no run of nano."""
    path = source.path
    if source.is_folder:
        return path if _is_run(path, source.names) else None
    if path.name in MEMBERS and _is_run(path.parent, Source(path.parent).names):
        return path.parent
    if path.name in MEMBERS and _is_newer(path.parent):
        return None
    # A lone file, copied from its folder: the wrapped lines or the prompt of nano give it away.
    may_be = _LONE.search(source.head[:_LONE_BYTES]) is not None and source.outline is None
    return path if may_be and _is_message_line(source.first_line) else None


def _is_run(folder: Path, names: frozenset[str]) -> bool:
    timed = FOLDER_NAME.match(folder.name) is not None
    if MESSAGES not in names:
        return timed and FIRST_COMMIT in names
    if not (timed or names & COMPANIONS) or "events.jsonl" in names:
        return False
    if _is_newer(folder):
        return False
    head = _read(folder / MESSAGES, 4096).lstrip()
    return head.startswith(b"{") if head else timed


def _is_newer(folder: Path) -> bool:
    """Whether this is a folder of the format that has a reader of its own."""
    return _OWN_FORMAT in _read(folder / "metadata.json", 4096)


def _is_message_line(first: Any) -> bool:
    if not isinstance(first, dict):
        return False
    wrapped = len(first) == 1 and isinstance(first.get("message"), dict)
    message = first["message"] if wrapped else first
    return message.get("role") == "system" and (
        wrapped or _PROMPT.match(values.text(message.get("content"))) is not None
    )


def messages_file(place: Path) -> Path:
    """The file with the messages of the run folder, or messages file, at `place`."""
    return place / MESSAGES if place.is_dir() else place


def load(place: Path, *, without_messages: bool = False) -> Folder:
    """Read the run folder, or the messages file, at `place`; what is missing or broken is left out with a warning."""
    if place.is_dir() and not (place / MESSAGES).exists():
        return _first_commit(place)
    records, warnings = ([], ()) if without_messages else _lines(messages_file(place))
    if not place.is_dir():
        return Folder(place, records, warnings=warnings)
    started, seconds, diff_is_newest = times(place)
    diff = (place / "diff.txt").exists()
    return Folder(
        path=place,
        records=records,
        metadata=_documents(place / "metadata.json"),
        tools=_documents(place / "tools.json"),
        diff=_read(place / "diff.txt").decode("utf-8", "replace") if diff else None,
        stats=values.record(parse(_read(place / "stats.json"))),
        tool_log=_lines(place / "tool_log.jsonl")[0],
        started_at=started,
        seconds=seconds,
        diff_is_newest=diff_is_newest,
        warnings=warnings,
    )


def finished(folder: Folder, messages: Sequence[Message]) -> str | None:
    """How it is known that the run came to its normal end, as a sentence; `None` when it is not known."""
    if folder.stats:
        return "it came to its normal end: stats.json was written"
    if folder.diff:
        return "it came to its normal end: diff.txt was written"
    if folder.diff is not None and folder.diff_is_newest:
        return "it came to its normal end, without a change: diff.txt was written last"
    last = messages[-1] if messages else None
    if folder.diff is None and last is not None and last.role == "assistant" and not last.tool_calls:
        return "the last reply asks for nothing more"
    return None


def _first_commit(folder: Path) -> Folder:
    """The very first version wrote one object with tools and messages, and could not run."""
    whole = values.record(Source(folder / FIRST_COMMIT).first_line)
    tools = whole.get("tools")
    return Folder(
        folder,
        values.items(whole.get("messages")),
        tools=[tools] if isinstance(tools, list) else (),
        started_at=times(folder)[0],
    )


def times(folder: Path) -> tuple[float | None, float | None, bool]:
    """When the run started, how long its messages took, and whether the diff is newer than they are.

    The start is the folder's name, in local time. File times are believed only where metadata.json, which is written
    once at the start, still has that time: a copied folder has the copy's times.
    """
    name = FOLDER_NAME.match(folder.name)
    started = values.epoch(name[1]) if name else None
    # A path in a string: a listing asks this of each of 10,000 folders, and to build a Path takes longer than the stat.
    place = str(folder)
    written, last = _mtime(f"{place}/metadata.json"), _mtime(f"{place}/{MESSAGES}")
    if started is None or written is None or last is None or abs(written - started) > _PUNCTUAL:
        return started, None, False
    diff = _mtime(f"{place}/diff.txt")
    return started, max(0.0, last - started), diff is not None and diff >= last


def _lines(path: Path) -> tuple[list[Any], tuple[str, ...]]:
    """The lines that parse, and a warning that names those that do not."""
    records, broken, number = list[Any](), list[int](), 0
    for number, (_, line) in enumerate(Source(path).lines(), start=1):
        record = parse(line)
        if record is None:
            broken.append(number)
        else:
            records.append(record)
    if broken == [number]:
        return records, (f"{path.name}: the last line is cut off",)
    if broken:
        shown = ", ".join(map(str, broken[:5])) + (", ..." if len(broken) > 5 else "")
        return records, (f"{path.name}: {len(broken)} lines are no JSON (line {shown})",)
    return records, ()


def _documents(path: Path) -> list[Any]:
    """The JSON documents in the file: two runs in one folder leave theirs one behind the other."""
    data = _read(path)
    if not data.strip():
        return []
    one = parse(data)
    return [one] if one is not None else documents_in(data)


def _read(path: Path, limit: int = -1) -> bytes:
    if not path.is_file():  # a pipe would never end
        return b""
    try:
        with path.open("rb") as file:
            return file.read(limit)
    except OSError:
        return b""


def _mtime(path: str) -> float | None:
    try:
        return os.stat(path).st_mtime  # noqa: PTH116
    except OSError:
        return None
