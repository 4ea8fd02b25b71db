"""Trajectories of SWE-agent, 0.x and 1.x: `<instance>.traj`, and its function-calling fixtures with a history alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from nano_agent.formats import secrets, swe_agent_stored, values
from nano_agent.formats.reader import NotATrajectory
from nano_agent.formats.source import Source, parse
from nano_agent.formats.swe_agent_history import Told, messages_of
from nano_agent.formats.torn import present, recognisable, warning
from nano_agent.trajectory import Counts, Message, Trajectory, Usage, glances

_MARKS = frozenset(("agent", "message_type", "is_demo", "thought", "action", "tool_call_ids"))
_INSTANCE = re.compile(r"[\w.-]+__[\w.-]+-\d+")
_BULK = frozenset(("history", "trajectory", "attempts", "replay_config"))


class SweAgentReader:
    """Reads one run; a run of several attempts (retry agents) gives each attempt."""

    name = "swe_agent"

    def sniff(self, source: Source) -> bool:
        """A document with SWE-agent's trajectory or history in it, or attempts that have one."""
        head = source.head
        if head.lstrip()[:1] != b"{":
            return False
        return any(key in head for key in (b'"trajectory"', b'"history"', b'"attempts"')) and _is_run(
            recognisable(source)
        )

    def read(self, source: Source) -> Iterator[Trajectory]:
        """The run, or its attempts one after the other."""
        if (stored := swe_agent_stored.read(source)) is not None:
            document, told = stored
            yield _trajectory(source, document, document, None, told)
            return
        document = present(source)
        if not _is_run(document):
            raise NotATrajectory(source.path, "no trajectory of SWE-agent in it")
        attempts = [attempt for attempt in values.items(document.get("attempts")) if _is_attempt(attempt)]
        if not attempts:
            yield _trajectory(source, document, document, None, _told(document))
        for number, attempt in enumerate(attempts, start=1):
            chosen = values.record(document.get("info")).get("best_attempt_idx") == number - 1
            name = f"attempt {number} of {len(attempts)}" + (", chosen" if chosen else "")
            yield _trajectory(source, attempt, document, name, _told(attempt))


def _is_run(document: Any) -> bool:
    if not isinstance(document, dict):
        return False
    return _is_attempt(document) or any(map(_is_attempt, values.items(document.get("attempts"))[:5]))


def _is_attempt(document: Any) -> bool:
    if not isinstance(document, dict):
        return False
    steps, history = document.get("trajectory"), document.get("history")
    if isinstance(steps, list) and ("info" in document or "environment" in document or isinstance(history, list)):
        if not steps and not history:
            return "environment" in document and isinstance(document.get("info"), dict)
        return all(isinstance(step, dict) and ("action" in step or "response" in step) for step in steps[:3])
    # Without steps only the history's own keys tell it from other programs' histories.
    first = values.items(history)[:6]
    return bool(first) and all(isinstance(item, dict) and "role" in item and _MARKS & item.keys() for item in first)


def _told(run: dict[str, Any]) -> Told:
    return messages_of(values.items(run.get("history")), values.items(run.get("trajectory")))


def _trajectory(
    source: Source, run: dict[str, Any], document: dict[str, Any], sample: str | None, told: Told
) -> Trajectory:
    info = values.record(run.get("info"))
    config = _config(run.get("replay_config") or document.get("replay_config"))
    problem = values.record(config.get("problem_statement"))
    status = values.word(info.get("exit_status"))
    metadata = {key: value for key, value in {**document, **run}.items() if key not in _BULK}
    if run is not document and "info" in document:
        metadata["all_attempts"] = document["info"]
    return Trajectory(
        format="swe_agent",
        path=source.path,
        messages=told.messages,
        sample=sample,
        model=values.word(values.record(values.record(config.get("agent")).get("model")).get("name")),
        task=values.word(problem.get("text")) or _first_request(told.messages),
        exit_status=status,
        usage=_usage(values.record(info.get("model_stats"))),
        counts=_counts(islice(glances(told.messages), told.in_history)),
        diff=info["submission"] if isinstance(info.get("submission"), str) else None,
        instance=values.word(problem.get("id")) or values.word(document.get("instance_id")) or _named(source.path),
        repo=_repo(config),
        metadata={**metadata, "replay_config": config} if config else metadata,
        warnings=tuple(_warnings(source, run, told, status, config)),
    )


def _named(path: Path) -> str | None:
    """The task that the file is named after, where nothing in it says which: SWE-bench's names are told at once."""
    name = path.name.partition(".traj")[0]
    return name if _INSTANCE.fullmatch(name) else None


def _config(value: Any) -> dict[str, Any]:
    """The settings: an object, or from 1.0 on a string that holds one."""
    return values.record(parse(value.encode("utf-8", "replace")) if isinstance(value, str) else value)


def _usage(stats: Mapping[str, Any]) -> Usage:
    """The file's own totals; SWE-agent records no figures of single calls."""
    return Usage(
        values.amount(stats.get("tokens_sent")),
        values.amount(stats.get("tokens_received")),
        cost_usd=values.dollars(stats.get("instance_cost")),
    )


def _counts(messages: Iterable[Message]) -> Counts:
    """What is in the history; steps that are only in the trajectory are shown, not counted."""
    n_messages = n_replies = n_calls = 0
    for message in messages:
        n_messages += 1
        if message.role == "assistant":
            n_replies += 1
            n_calls += sum(not call.from_text for call in message.tool_calls)
    return Counts(n_messages, n_replies, n_calls)


def _first_request(messages: Sequence[Message]) -> str | None:
    asked = (i for i, m in enumerate(glances(messages)) if m.role == "user" and not m.answers and not m.note)
    first = next(asked, None)
    return None if first is None else messages[first].text


def _repo(config: Mapping[str, Any]) -> str | None:
    repo = values.record(values.record(config.get("env")).get("repo"))
    return next((found for key in ("github_url", "path", "repo_name") if (found := values.word(repo.get(key)))), None)


def _warnings(
    source: Source,
    run: Mapping[str, Any],
    told: Told,
    status: str | None,
    config: Mapping[str, Any],
) -> Iterator[str]:
    if source.outline is None and (torn := warning(source)):
        yield torn
    elif status is None and "info" in run:
        yield "no end is recorded: the run is still going, or was killed"
    if told.in_history < len(told.messages):
        yield "the last step is in the trajectory but not in the history; it is shown, but not counted"
    if told.unmatched:
        yield f"{told.unmatched} steps of the trajectory have no reply in the history; they are not shown"
    yield from secrets.warnings_for(config)
