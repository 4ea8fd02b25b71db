"""Codex rollouts: `~/.codex/sessions/YYYY/MM/DD/rollout-*.jsonl`, old and new, plain and packed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from nano_agent.formats import values
from nano_agent.formats.blobs import without_blobs
from nano_agent.formats.codex_items import CALLS, OUTPUTS
from nano_agent.formats.codex_lines import lines_of, short
from nano_agent.formats.codex_rollout import Rollout, replay, replay_echoes
from nano_agent.formats.draft import first_request, time_replies
from nano_agent.formats.jsonl import Records, opening
from nano_agent.formats.placed import PlacedRecords
from nano_agent.formats.reader import NotATrajectory
from nano_agent.formats.shelf import shelf
from nano_agent.formats.source import Source
from nano_agent.formats.stored import is_large
from nano_agent.trajectory import Counts, Trajectory, total_usage

Record = dict[str, Any]

_TYPES = ("session_meta", "response_item", "event_msg", "turn_context", "compacted", "world_state")
_SAID = ("input_text", "output_text")


class CodexReader:
    """Reads a rollout: the items are the history, and the events only say how it went."""

    name = "codex"

    def sniff(self, source: Source) -> bool:
        """Records of `type` and `payload`, or the flat items of the oldest versions."""
        return any(_is_ours(record) for record in opening(source)) or bool(_in_one(source))

    def read(self, source: Source) -> Iterator[Trajectory]:
        """The one session in the file."""
        records, in_one = _records(source), _in_one(source)
        rollout = Rollout(shelf(source, records, replay), shelf(source, records, replay_echoes, watched=False))
        recognised = False
        for record in in_one or records:
            recognised = recognised or _is_ours(record) or bool(in_one)
            rollout.take(record)
        if not recognised:
            raise NotATrajectory(source.path, "no record of a Codex session")
        yield _trajectory(source.path, rollout, [] if in_one else records.warnings)


def _records(source: Source) -> Records:
    if is_large(source.file) and not _in_one(source):
        return PlacedRecords(source.file, short)
    return Records(lines_of(source))


def _trajectory(path: Path, rollout: Rollout, warnings: list[str]) -> Trajectory:
    by_events = not rollout.n_messages and not rollout.call_ids and len(rollout.echoes) > 0
    messages = (rollout.echoes if by_events else rollout.drafts).messages()
    time_replies(messages)
    calls = len(rollout.call_ids) + rollout.nameless_calls
    if by_events:
        warnings.append("The file has no items of the history; what its events tell of is shown, but not counted.")
    warnings += rolled_back_warning(rollout.rolled_back)
    aborted = rollout.aborted
    return Trajectory(
        format=CodexReader.name,
        path=path,
        messages=messages,
        model=",".join(rollout.models) or None,
        task=first_request(messages),
        exit_reason=f"the last turn was aborted: {aborted}" if aborted else None,
        started_at=rollout.first,
        seconds=_span(rollout),
        usage=rollout.tokens.own or total_usage(messages),
        counts=Counts(rollout.n_messages, rollout.n_assistant, calls),
        repo=values.word(rollout.meta.get("cwd")) or values.word(rollout.context.get("cwd")),
        children=tuple(_children(path, rollout.spawned)),
        metadata={"session": rollout.meta, "context": rollout.context, "records": dict(rollout.kinds)},
        warnings=tuple(warnings),
    )


def rolled_back_warning(n: int) -> list[str]:
    """What to say of so many turns that were taken back."""
    return [f"{n} turn{'s were' if n > 1 else ' was'} rolled back: shown, but no part of the history."] * (n > 0)


def _span(rollout: Rollout) -> float | None:
    if rollout.first is None or rollout.last is None or rollout.last < rollout.first:
        return None
    return rollout.last - rollout.first


def _children(path: Path, threads: Iterable[str]) -> Iterator[Path]:
    """The rollouts of agents that this one spawned, where they lie in the same folder."""
    for thread in threads:
        if thread.replace("-", "").isalnum():
            yield from sorted(file for file in path.parent.glob(f"rollout-*-{thread}.jsonl*") if file != path)


def _in_one(source: Source) -> list[Record]:
    """The header and items of a session in one JSON document, as the first Codex, in TypeScript, kept them."""
    if not all(key in source.head[:4096] for key in (b'"session"', b'"items"')):
        return []
    document = values.record(source.document)
    found = [item for item in values.items(document.get("items")) if isinstance(item, dict)]
    if not isinstance(document.get("session"), dict) or not any(_is_flat(item) for item in found):
        return []
    return [without_blobs(record) for record in (document["session"], *found)]


def _is_ours(record: Record) -> bool:
    return (record.get("type") in _TYPES and isinstance(record.get("payload"), dict)) or _is_flat(record)


def _is_flat(record: Record) -> bool:
    """Whether a record is an item without a wrapping."""
    if record.get("type") == "message":
        parts = [part for part in values.items(record.get("content")) if isinstance(part, dict)]
        return isinstance(record.get("role"), str) and any(part.get("type") in _SAID for part in parts)
    return record.get("type") in (*CALLS, *OUTPUTS) and isinstance(record.get("call_id"), str)
