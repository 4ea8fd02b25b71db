"""Run folders of nano-codex, nano-agent and their forks, all generations up to 5.x.

A folder `.nano-codex/<time>`, `.nano-agent/<time>`, `.nano/<time>` or `~/.nano/<time>-<hex>` with `messages.jsonl` and,
by version, `tools.json`, `metadata.json`, `diff.txt`, `tool_log.jsonl` (1.1 to 2.0) and `stats.json` (from 3.3 on).
None of them records a status, a cost, tokens or a time; what can be told of the end is told from which files there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from nano_agent.formats import nano_folder as files
from nano_agent.formats import secrets, values
from nano_agent.formats.nano_messages import ToolLog, message_from
from nano_agent.formats.nano_runs import split_runs
from nano_agent.formats.reader import NotATrajectory
from nano_agent.formats.source import Source
from nano_agent.formats.spans import line_spans, opened
from nano_agent.formats.stored import StoredMessages, is_large
from nano_agent.trajectory import Message, Trajectory


class NanoReader:
    """Reads a run folder given as the folder or as any file in it; two runs that share one folder are told apart."""

    name = "nano"

    def sniff(self, source: Source) -> bool:
        """A folder with nano's files, or a file of such a folder."""
        return files.locate(source) is not None

    def read(self, source: Source) -> Iterator[Trajectory]:
        """The run; two or more when runs that began in the same second wrote into one folder."""
        place = files.locate(source)
        if place is None:
            raise NotATrajectory(
                source.path, "no run folder of nano-agent: messages.jsonl and its siblings are missing"
            )
        long = files.messages_file(place)
        if is_large(long) and (messages := _stored(long, source, place)) is not None:
            yield _trajectory(files.load(place, without_messages=True), (), 0, 1, messages)
            return
        folder = files.load(place)
        runs = split_runs(folder.records) or [[]]
        for index, records in enumerate(runs):
            yield _trajectory(folder, records, index, len(runs))


def _stored(path: Path, source: Source, place: Path) -> StoredMessages | None:
    """The messages of a long run, left on disk; `None` when there are several runs or unreadable lines in the file."""
    log = ToolLog(files.load(place, without_messages=True).tool_log)
    messages = StoredMessages(path, lambda records, _: message_from(records[0], log), source.watch)
    with opened(path) as file:
        for span in line_spans(file):
            message = None if span.value is None else message_from(span.value, log)
            if message is None or (message.role == "system" and len(messages)):
                return None
            messages.put(message, span)
    return messages


def _trajectory(
    folder: files.Folder, records: Sequence[Any], index: int, of: int, stored: StoredMessages | None = None
) -> Trajectory:
    """One run of the folder; `index` and `of` say which of how many."""
    log = ToolLog(folder.tool_log)
    messages = stored or [message_from(record, log) for record in records]
    metadata = _pick(folder.metadata, index)
    finished = files.finished(folder, messages) if of == 1 else None
    return Trajectory(
        format="nano",
        path=folder.path,
        messages=messages,
        sample=str(index + 1) if of > 1 else None,
        model=values.word(metadata.get("model")),
        task=next((m.text for m in messages if m.role == "user"), None),
        exit_reason=finished,
        started_at=folder.started_at,
        seconds=folder.seconds if of == 1 else None,
        diff=diff_of(folder, finished) if of == 1 else None,
        tools=_tools(folder, index),
        metadata=_everything(folder, metadata, shared=of > 1),
        warnings=(*folder.warnings, *warnings_of(folder, messages, metadata, finished, of)),
    )


def _pick(documents: Sequence[Any], index: int) -> dict[str, Any]:
    """The run's own document; runs of one folder wrote theirs one after the other."""
    return values.record(documents[min(index, len(documents) - 1)]) if documents else {}


def _tools(folder: files.Folder, index: int) -> list[Mapping[str, Any]] | None:
    if not folder.tools:
        return None
    tools = folder.tools[min(index, len(folder.tools) - 1)]
    return [tool for tool in tools if isinstance(tool, dict)] if isinstance(tools, list) else None


def diff_of(folder: files.Folder, finished: str | None) -> str | None:
    """The final diff; an empty file says nothing of a run that did not end, since it is made empty at the start."""
    return folder.diff if folder.diff or finished else None


def _everything(folder: files.Folder, metadata: dict[str, Any], *, shared: bool) -> dict[str, Any]:
    found = dict(metadata)
    if folder.stats:
        found["stats"] = folder.stats
    if folder.tool_log:
        found["tool_log"] = folder.tool_log
    if shared and folder.diff:
        found["shared_diff"] = folder.diff
    return found


def warnings_of(
    folder: files.Folder, messages: Sequence[Message], metadata: dict[str, Any], finished: str | None, of: int
) -> Iterator[str]:
    """What is odd about a run, of whose messages only whether there are any and the last one matter."""
    if of > 1:
        yield f"{of} runs share this folder; which lines and settings belong to which is inferred from their order"
        if folder.diff:
            yield "diff.txt is written by whichever run ended last, so it is shown for none of them"
    elif not messages:
        yield "the folder holds no message: the run crashed while it started"
    elif finished is None and folder.has_end_marks:
        yield f"no end is recorded: the run is still going, crashed or was killed {_where(messages)}"
    yield from secrets.warnings_for(metadata)


def _where(messages: Sequence[Message]) -> str:
    """What the run was doing when its record stops."""
    last = messages[-1]
    if last.role == "assistant":
        return "while a tool call was running" if last.tool_calls else "after the last reply"
    return "while the model was asked"
