"""A nano run folder for a listing: counted line by line, without a message built for each.

People have tens of thousands of these folders, and most of their bytes are answers of tools, of which a listing wants
to know only that they are there and whether the harness calls them a failure. Damage inside of such an answer shows
when the run is opened.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import orjson

from nano_agent.formats import nano, values
from nano_agent.formats import nano_folder as files
from nano_agent.formats.nano_messages import ToolLog, message_from, unwrapped
from nano_agent.formats.quick_count import BROKEN, LARGEST, Count, Unusual, object_in, read, whole_lines
from nano_agent.formats.source import Source, parse
from nano_agent.library.summary import TOOLS_KEPT, WARNINGS_KEPT, Summary, shortened, word, words
from nano_agent.trajectory import Message

# How a tool's answer ends (keys sorted, versions since May 2025), or the whole of one that begins with its role
# (before). The quotes are no string's, since they would be escaped there, and the one brace at the end closes the
# message itself.
_ENDS = re.compile(rb'"role": ?"tool", ?"tool_call_id": ?"[^"\\\n]*"}\n')
_WHOLE = re.compile(rb'\n\{"role": ?"tool", ?"[^\n]*}(?=\n)')
# The words with which every verdict that the reader knows begins. One stands at the start of the answer, or on its
# second line when the first warns of a limit.
_WORDS = (
    rb"(?:\[|<nano:\w+>)?(?:command (?:failed|timed)|shell execution|cannot cd|Malformed|unknown tool|invalid `"
    rb"|\w++ tool missing|file |search |ambiguous|patch operation|failed to)"
)
_VERDICT = re.compile(_WORDS)
_CONTENT = re.compile(rb'"content": ?"(?:\\[nrt]|\s)*+(' + _WORDS + rb")?")
_FIRST_LINE = 8000
_NEWER = b'"nano-run/'
_NO_LOG = ToolLog(())
_UNUSUAL = frozenset(("tool_log.jsonl", "events.jsonl"))


def summarise(source: Source, size: int, mtime_ns: int) -> tuple[Summary] | None:
    """The summary of the one run in a folder; `None` when it must be read whole."""
    # To ask for the names in a file would cost more than this look at its name.
    if source.path.suffix or size > LARGEST:
        return None
    names = source.names
    if files.MESSAGES not in names or "metadata.json" not in names or not names.isdisjoint(_UNUSUAL):
        return None
    folder = str(source.path)
    try:
        data = whole_lines(f"{folder}/{files.MESSAGES}")
        metadata = read(f"{folder}/metadata.json")
        if not data.startswith(b"{") or _NEWER in metadata:
            return None
        count, last = _counted(data)
        stats = object_in(read(f"{folder}/stats.json")) if "stats.json" in names else {}
        diff = read(f"{folder}/diff.txt").decode("utf-8", "replace") if "diff.txt" in names else None
        settings = object_in(metadata)
    except BROKEN:
        return None
    whole = files.Folder(source.path, (), [settings], (), diff, stats, (), *files.times(source.path))
    return (_summary(whole, count, last, settings, size, mtime_ns),)


def _counted(data: bytes) -> tuple[Count, Any]:
    """What the lines add up to, and the last message unless it is an answer; raises `Unusual` for two runs in one."""
    count, systems, record = Count(), 0, None
    answers = _answers(data)
    before, records = _others(data, answers)
    for number, record in enumerate(records):
        if number == before:
            count.observations(len(answers))
        systems += _take(count, record)
    if before >= len(records):
        count.observations(len(answers))
    if systems > 1 or not count.messages:
        raise Unusual
    count.failed = any(_may_have_failed(data, *span) and _has_failed(data[slice(*span)]) for span in answers)
    return count, None if answers and answers[-1][1] == len(data) else record


def _answers(data: bytes) -> list[tuple[int, int]]:
    """From where to where each answer of a tool stands, its line end included.

    One that is written in another way is left to be found among the other lines.
    """
    found, before, start_of = list[tuple[int, int]](), 0, data.rfind
    for match in _ENDS.finditer(data):
        start, end = match.span()
        found.append((start_of(b"\n", before, start) + 1 or before, end))
        before = end
    return found or [(match.start() + 1, match.end() + 1) for match in _WHOLE.finditer(data)]


def _others(data: bytes, answers: Sequence[tuple[int, int]]) -> tuple[int, list[Any]]:
    """How many lines stand before the first answer, and the records in all that are none."""
    starts, ends = [start for start, _ in answers], [end for _, end in answers]
    lines = b"".join([data[end:start] for end, start in zip([0, *ends], [*starts, len(data)], strict=True)])
    # As one document they are parsed in two thirds of the time.
    records: list[Any] = orjson.loads(b"[%b]" % lines[:-1].replace(b"\n", b","))
    if len(records) != lines.count(b"\n"):
        raise Unusual
    return data.count(b"\n", 0, starts[0]) if starts else 0, records


def _take(count: Count, record: Any) -> bool:
    """Count a message that is no tool's answer; returns whether it is the system's."""
    message = record if "role" in record else unwrapped(record)
    role = message["role"]
    if role == "assistant":
        if message.get("function_call") or message.get("name") == "reasoning":
            raise Unusual
        count.reply(message)
    else:
        count.words(message)
    return bool(role == "system")


def _has_failed(line: bytes) -> bool:
    """Whether the harness says of the call that is answered in a line that it failed."""
    message = message_from(parse(line), _NO_LOG)
    return bool(message.failed or (message.failed is None and message.exit_code))


def _may_have_failed(data: bytes, start: int, end: int) -> bool:
    """Whether it may say so of the one in this line; no false `False`."""
    content = _CONTENT.match(data, start + 1, end) or _CONTENT.search(data, start, end)
    if content is None or content[1] is not None:
        return True
    start = content.end()
    newline = data.find(b"\\n", start, start + _FIRST_LINE)
    return 0 <= newline < end and _VERDICT.match(data, newline + 2, end) is not None


def _summary(
    folder: files.Folder, count: Count, last: Any, metadata: dict[str, Any], size: int, mtime_ns: int
) -> Summary:
    # Where the end has left its marks, nobody asks for the last message.
    known = bool(folder.stats or folder.diff)
    messages = [Message("tool") if known or last is None else message_from(last, _NO_LOG)]
    finished = files.finished(folder, messages)
    diff = nano.diff_of(folder, finished)
    warnings = tuple(nano.warnings_of(folder, messages, metadata, finished, 1))
    return Summary(
        path=str(folder.path),
        sample=None,
        format=nano.NanoReader.name,
        model=word(values.word(metadata.get("model"))),
        exit_status=None,
        n_messages=count.messages,
        n_assistant=count.replies,
        n_tool_calls=count.calls,
        n_steps=count.steps,
        prompt_tokens=None,
        completion_tokens=None,
        cached_tokens=None,
        cost_usd=None,
        cost_estimated=False,
        started_at=folder.started_at,
        seconds=folder.seconds,
        task=shortened(count.prompt),
        repo=None,
        group=None,
        instance=None,
        reward=None,
        has_diff=bool(diff and not diff.isspace()),
        has_error=count.failed,
        live=False,
        waiting=False,
        tools=words(count.tools, TOOLS_KEPT),
        n_warnings=len(warnings),
        warnings=words(warnings, WARNINGS_KEPT),
        size=size,
        mtime_ns=mtime_ns,
    )
