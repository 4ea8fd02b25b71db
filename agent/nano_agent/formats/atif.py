"""ATIF, the Agent Trajectory Interchange Format, versions 1.0 to 1.8: one document, or one a line.

<https://github.com/laude-institute/harbor> keeps the specification; many others write it, with extensions.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from nano_agent.formats import values
from nano_agent.formats.atif_steps import COPIED, messages_of, reasoning_tokens, references, referred_to, told
from nano_agent.formats.blobs import without_blobs
from nano_agent.formats.draft import timed
from nano_agent.formats.harbor import trial_fields
from nano_agent.formats.json_rows import Row, opening, rows, some
from nano_agent.formats.placed import items_of, span_of
from nano_agent.formats.row_columns import first_name, first_request, tools_of
from nano_agent.formats.source import Source
from nano_agent.formats.spans import NotApart
from nano_agent.formats.stored import StoredMessages
from nano_agent.trajectory import Counts, Message, Trajectory, Usage, glances, total_usage

_VERSION = re.compile(r"(?P<prefix>ATIF-)?v?\d+(\.\d+){0,2}", re.IGNORECASE | re.ASCII)
_HELD_APART = ("steps", "subagent_trajectories")


class AtifReader:
    """Reads ATIF documents; an embedded sub-agent is told inside the trajectory that called it."""

    name = "atif"

    def sniff(self, source: Source) -> bool:
        """A document whose schema version says ATIF, or says no more than a number but has ATIF's shape."""
        return _is_run(opening(source, b'"schema_version"', b'"agent"', b'"steps"', b'"trajectory"'))

    def read(self, source: Source) -> Iterator[Trajectory]:
        """Each document of the file."""
        if (stored := _stored(source)) is not None:
            return iter((stored,))
        trajectories = (_of_row(row, source.path) for row in rows(source, _is_run))
        return some(trajectories, source.path, "no ATIF document with steps in it")


class _Steps:
    """What the steps of a document add up to, and what they refer to."""

    def __init__(self) -> None:
        self.n_steps = self.n_replies = self.n_calls = 0
        self.models: Counter[str] = Counter()
        self.named: dict[str, None] = {}
        """The ids of the sub-agents that they refer to."""
        self.paths: list[str] = []
        """The files that they refer to."""

    def take(self, step: Any) -> None:
        """Add the next step."""
        record = values.record(step)
        self.n_steps += 1
        if record.get("source") == "agent":
            self.n_replies += 1
            self.n_calls += sum(isinstance(call, dict) for call in values.items(record.get("tool_calls")))
        if name := values.word(record.get("model_name")):
            self.models[name] += 1
        for result in values.items(values.record(record.get("observation")).get("results")):
            for reference in references(values.record(result)):
                self.named[referred_to(reference)] = None
                self.paths += filter(None, [values.word(reference.get("trajectory_path"))])


def _stored(source: Source) -> Trajectory | None:
    """The one document of a large file, whose steps stay there; `None` for what must be read as a whole."""
    if not _is_atif(source.outline) or (records := items_of(source, "steps")) is None:
        return None
    messages = StoredMessages(
        source.file, lambda found, part: next(islice(messages_of(found, {}), part, None)), source.watch
    )
    steps = _Steps()
    try:
        for record in records:
            steps.take(record)
            for part, message in enumerate(messages_of([record], {})):
                messages.put(message, span_of(record), part)
    except NotApart:
        return None
    if records.rest.get("subagent_trajectories"):
        return None  # these stand behind the steps that refer to them
    return _trajectory(Row(1, {**source.outline, **records.rest}, only=True), source.path, messages, steps)


def _is_atif(value: Any) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("steps"), list):
        return False
    version = _VERSION.fullmatch(values.text(value.get("schema_version")))
    if version is None:
        return False
    steps = value["steps"]
    shaped = isinstance(value.get("agent"), dict) and all(isinstance(s, dict) and "source" in s for s in steps[:3])
    return bool(version["prefix"]) or shaped


def _is_run(value: Any) -> bool:
    """Whether this is a document, or an evaluation's item around one."""
    return _is_atif(value) or (isinstance(value, dict) and _is_atif(value.get("trajectory")))


def _of_row(row: Row, path: Path) -> Trajectory:
    document = row.value if _is_atif(row.value) else row.value["trajectory"]
    steps = _Steps()
    for step in document["steps"]:
        steps.take(step)
    embedded = _embedded(document)
    rest = (told(subagent) for name, subagent in embedded.items() if name not in steps.named)
    return _trajectory(row, path, (*messages_of(document["steps"], embedded), *rest), steps)


def _trajectory(row: Row, path: Path, messages: Sequence[Message], steps: _Steps) -> Trajectory:
    alone = _is_atif(row.value)
    document: dict[str, Any] = row.value if alone else row.value["trajectory"]
    item: dict[str, Any] = {} if alone else {k: v for k, v in row.value.items() if k != "trajectory"}
    agent = values.record(document.get("agent"))
    started, seconds = timed(m for m in glances(messages) if m.role != "other")
    children, missing = _linked(document, steps.paths, path)
    instance = first_name(item, "item_id", "id")
    known: dict[str, Any] = {"started_at": started, "seconds": seconds, "instance": instance, **trial_fields(path)}
    return Trajectory(
        format=AtifReader.name,
        path=path,
        messages=messages,
        sample=row.sample,
        model=_model(agent, steps.models),
        task=first_request(messages),
        usage=_totals(document, messages),
        counts=Counts(steps.n_steps, steps.n_replies, steps.n_calls),
        tools=tools_of(agent.get("tool_definitions")),
        children=children,
        metadata={k: without_blobs(v) for k, v in {**item, **document}.items() if k not in _HELD_APART},
        warnings=(*row.warnings, *missing),
        **known,
    )


def _embedded(document: dict[str, Any]) -> dict[str, Any]:
    """Embedded sub-agents by their ids, those of sub-agents included; one without any is known by its number."""
    waiting = list(values.items(document.get("subagent_trajectories")))
    for subagent in waiting:  # grows meanwhile
        waiting += values.items(values.record(subagent).get("subagent_trajectories"))
    found: dict[str, Any] = {}
    for i, subagent in enumerate(waiting, 1):
        found.setdefault(referred_to(values.record(subagent)) or f"#{i}", subagent)
    return found


def _model(agent: dict[str, Any], used: Counter[str]) -> str | None:
    """The agent's model, else the one that most steps name."""
    if named := values.word(agent.get("model_name")) or values.word(agent.get("model")):
        return named
    return used.most_common(1)[0][0] if used else None


def _totals(document: dict[str, Any], messages: Sequence[Message]) -> Usage:
    """The document's own totals; what it leaves out is added up over the steps that are not copies."""
    stated = values.record(document.get("final_metrics"))
    summed = total_usage(m for m in glances(messages) if m.role == "assistant" and m.note != COPIED)
    reasoning = reasoning_tokens(stated)
    cost = values.dollars(stated.get("total_cost_usd"))
    return Usage(
        _either(values.amount(stated.get("total_prompt_tokens")), summed.prompt_tokens),
        _either(values.amount(stated.get("total_completion_tokens")), summed.completion_tokens),
        _either(values.amount(stated.get("total_cached_tokens")), summed.cached_tokens),
        _either(reasoning, summed.reasoning_tokens),
        cost if cost is not None else summed.cost_usd,
    )


def _either(stated: int | None, summed: int | None) -> int | None:
    return summed if stated is None else stated


def _linked(document: dict[str, Any], paths: Sequence[str], path: Path) -> tuple[tuple[Path, ...], list[str]]:
    """Files beside this one that it refers to, sub-agents and the continuation, and a word on those not there."""
    continued = values.word(document.get("continued_trajectory_ref"))
    named = [name for name in paths if name != continued]
    said = [f"This run goes on in {' '.join(continued.split())}"] if continued else []
    children = list[Path]()
    for name in dict.fromkeys(named + ([continued] if continued else [])):
        if (child := _beside(path, name)) is not None:
            children.append(child)
        else:
            said.append(f"{' '.join(name.split())}, which it refers to, is not beside it")
    return tuple(children), said


def _beside(path: Path, name: str) -> Path | None:
    """The file of this name below the document's folder; a foreign file may not point anywhere else."""
    try:
        folder = path.parent.resolve()
        child = (folder / name).resolve()
        return child if child.is_relative_to(folder) and child.is_file() else None
    except (OSError, ValueError):  # a name with a NUL, or a symlink loop
        return None
