"""A nano run folder for a listing: counted line by line, without a message built for each.

People have tens of thousands of these folders, and most of their bytes are answers of tools, of which a listing wants
to know only that they are there and whether the harness calls them a failure. Damage inside of such an answer shows
when the run is opened.
"""

from __future__ import annotations

import re
from typing import Any

from nano_agent.formats import nano, values
from nano_agent.formats import nano_folder as files
from nano_agent.formats.nano_messages import ToolLog, message_from, unwrapped
from nano_agent.formats.quick_count import BROKEN, Count, Unusual, object_in, read, whole_lines
from nano_agent.formats.source import Source, parse
from nano_agent.library.summary import TOOLS_KEPT, WARNINGS_KEPT, Summary, shortened, word, words
from nano_agent.trajectory import Message

# How a tool's answer ends (keys sorted, versions since May 2025) or begins (before). The quotes are no string's, since
# they would be escaped there, and the one brace at the end closes the message itself.
_ENDS = re.compile(rb'"role": ?"tool", ?"tool_call_id": ?"[^"\\]*"}\Z')
_BEGINS = (b'{"role": "tool", "', b'{"role":"tool","')
_END_BYTES = 128
# The words with which every verdict that the reader knows begins. One stands at the start of the answer, or on its
# second line when the first warns of a limit.
_VERDICT = re.compile(
    rb"(?:\[|<nano:\w+>)?(?:command (?:failed|timed)|shell execution|cannot cd|Malformed|unknown tool|invalid `"
    rb"|\w++ tool missing|file |search |ambiguous|patch operation|failed to)"
)
_CONTENT = re.compile(rb'"content": ?"(?:\\[nrt]|\s)*')
_FIRST_LINE = 8000
_NEWER = b'"nano-run/'
_NO_LOG = ToolLog(())
_UNUSUAL = frozenset(("tool_log.jsonl", "events.jsonl"))


def summarise(source: Source, size: int, mtime_ns: int) -> tuple[Summary] | None:
    """The summary of the one run in a folder; `None` when it must be read whole."""
    if source.path.suffix:  # a file: to ask for the names in it would cost more than this look at its name
        return None
    names = source.names
    if files.MESSAGES not in names or "metadata.json" not in names or not names.isdisjoint(_UNUSUAL):
        return None
    folder = str(source.path)
    try:
        data = whole_lines(folder, files.MESSAGES)
        metadata = read(folder, "metadata.json")
        if not data.startswith(b"{") or _NEWER in metadata:
            return None
        count, last = _counted(data)
        stats = object_in(read(folder, "stats.json")) if "stats.json" in names else {}
        diff = read(folder, "diff.txt").decode("utf-8", "replace") if "diff.txt" in names else None
        settings = object_in(metadata)
    except BROKEN:
        return None
    whole = files.Folder(source.path, (), [settings], (), diff, stats, (), *files.times(source.path))
    return (_summary(whole, count, last, settings, size, mtime_ns),)


def _counted(data: bytes) -> tuple[Count, Any]:
    """What the lines add up to, and the last message unless it is an answer; raises `Unusual` for two runs in one."""
    count, systems, last, start = Count(), 0, None, 0
    while start < len(data):
        end = data.find(b"\n", start)
        if (data[end - 2 : end] == b'"}' and _ENDS.search(data, max(start, end - _END_BYTES), end) is not None) or (
            data.startswith(_BEGINS, start) and data.endswith(b"}", start, end)
        ):
            count.observation()
            last = None
            if not count.failed and _may_have_failed(data, start, end):
                message = message_from(parse(data[start:end]), _NO_LOG)
                count.failed = bool(message.failed or (message.failed is None and message.exit_code))
        elif end > start:
            last = parse(data[start:end])
            systems += _take(count, last)
        start = end + 1
    if systems > 1 or not count.messages:
        raise Unusual
    return count, last


def _take(count: Count, record: Any) -> bool:
    """Count a message that is no tool's answer; returns whether it is the system's."""
    message = unwrapped(record)
    role = message["role"]
    if role == "assistant":
        if message.get("name") == "reasoning" or message.get("function_call"):
            raise Unusual
        count.reply(message)
    else:
        count.words(message)
    return bool(role == "system")


def _may_have_failed(data: bytes, start: int, end: int) -> bool:
    """Whether the harness may say so in this line; no false `False`."""
    content = _CONTENT.match(data, start + 1, end) or _CONTENT.search(data, start, end)
    if content is None:
        return True
    start = content.end()
    if _VERDICT.match(data, start, end) is not None:
        return True
    newline = data.find(b"\\n", start, min(end, start + _FIRST_LINE))
    return newline >= 0 and _VERDICT.match(data, newline + 2, end) is not None


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
