"""Trajectories of mini-swe-agent, 1.0 to 2.x: `*.traj.json`, or the bare list of messages of its first days."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from nano_agent.formats import mini_swe_stored, mini_swe_text, mini_swe_turns, secrets, values
from nano_agent.formats.mini_swe_costs import Prices, estimate_costs
from nano_agent.formats.reader import NotATrajectory
from nano_agent.formats.source import Source
from nano_agent.formats.stored import StoredMessages
from nano_agent.formats.torn import present, recognisable, warning
from nano_agent.trajectory import Counts, Message, Trajectory, Usage, glances, total_usage

_INFO_KEYS = frozenset(("mini_version", "exit_status", "submission", "model_stats"))
_EXTRA_KEYS = frozenset(("actions", "returncode", "raw_output", "exit_status", "interrupt_type"))
_RETURNCODE = re.compile(r"\s*<returncode>")
_TASK = re.compile(r"\{\{-?\s*task\s*-?\}\}")
_JINJA = re.compile(r"\{[{%#].*?[}%#]\}", re.DOTALL)


class MiniSweAgentReader:
    """Reads one run, whichever version wrote it."""

    name = "mini_swe_agent"

    def sniff(self, source: Source) -> bool:
        """A document with mini-swe-agent's marks, or a list of messages that its prompts and answers give away."""
        head = source.head.lstrip()
        if not head.startswith((b"{", b"[")) or not (b'"messages"' in head or b'"info"' in head or b'"role"' in head):
            return False
        return mini_swe_stored.is_surely_ours(source) or _is_ours(recognisable(source))

    def read(self, source: Source) -> Iterator[Trajectory]:
        """The one run in the file."""
        if (stored := mini_swe_stored.read(source)) is not None:
            yield _trajectory(source, *stored)
            return
        if (stored := _stored_text(source)) is not None:
            yield _trajectory(source, *stored)
            return
        document = present(source)
        if not _is_ours(document):
            raise NotATrajectory(source.path, "no messages of mini-swe-agent in it")
        yield _of_document(source, {"messages": document} if isinstance(document, list) else document)


def _is_ours(document: Any) -> bool:
    if isinstance(document, list):
        return _is_bare_list(document)
    if not isinstance(document, dict) or not isinstance(document.get("messages"), list):
        return False
    if values.text(document.get("trajectory_format")).startswith("mini-swe-agent"):
        return True
    if "trajectory" in document or "history" in document:  # SWE-agent's
        return False
    info = document.get("info")
    return (isinstance(info, dict) and not _INFO_KEYS.isdisjoint(info)) or _is_bare_list(document["messages"])


def _is_bare_list(records: list[Any]) -> bool:
    """Whether these messages are marked by `extra`, or by fenced commands that are answered with a return code."""
    first = records[:12]
    if not first or not all(isinstance(record, dict) for record in first):
        return False
    if any(not _EXTRA_KEYS.isdisjoint(values.record(record.get("extra"))) for record in first):
        return True
    return any(
        command.get("role") == "assistant"
        and answer.get("role") == "user"
        and _RETURNCODE.match(values.joined_text(answer.get("content"))) is not None
        and "```bash" in values.joined_text(command.get("content"))
        for command, answer in pairwise(first)
    )


def _of_document(source: Source, document: dict[str, Any]) -> Trajectory:
    info = values.record(document.get("info"))
    config = values.record(info.get("config"))
    records = [record for record in values.items(document.get("messages")) if record is not None]
    prices = Prices.of(config)
    if mini_swe_turns.is_second_version(records, document.get("trajectory_format")):
        messages = mini_swe_turns.messages_of(records, prices, asks_first=mini_swe_turns.asks_first(config))
    else:
        messages = mini_swe_text.messages_of(records, _rules(document, records))
        estimate_costs(messages, _stated_cost(info))
    return _trajectory(source, document, messages, len(records), warning(source))


def _stored_text(source: Source) -> tuple[dict[str, Any], StoredMessages, int] | None:
    """The same of 1.x: the document without its messages, the messages, and how many records they are."""
    if source.outline is None or not _is_ours(source.outline):
        return None
    outline = {"messages": source.outline} if isinstance(source.outline, list) else source.outline
    if mini_swe_turns.is_second_version(values.items(outline.get("messages")), outline.get("trajectory_format")):
        return None
    found = mini_swe_stored.read_text(source, _rules(outline, values.items(outline.get("messages"))))
    if found is not None:
        estimate_costs(found[1], _stated_cost(values.record(found[0].get("info"))))
    return found


def _rules(document: dict[str, Any], records: Sequence[Any]) -> mini_swe_text.Rules:
    """What a document of 1.x says of its messages."""
    info = values.record(document.get("info"))
    config = values.record(info.get("config"))
    # Just before 2.0 the model's settings had it.
    parts = (values.record(config.get(part)) for part in ("agent", "model"))
    pattern = next((part["action_regex"] for part in parts if "action_regex" in part), None)
    return mini_swe_text.Rules.of(records, Prices.of(config), pattern, values.word(info.get("exit_status")))


def _trajectory(
    source: Source, document: dict[str, Any], messages: Sequence[Message], n_records: int, torn: str | None = None
) -> Trajectory:
    info = values.record(document.get("info"))
    config = values.record(info.get("config"))
    agent, model = values.record(config.get("agent")), values.record(config.get("model"))
    status = values.word(info.get("exit_status"))
    rejected = sum(m.note == mini_swe_turns.REJECTED for m in glances(messages))
    started, seconds = _times(messages)
    return Trajectory(
        format="mini_swe_agent",
        path=source.path,
        messages=messages,
        model=values.word(model.get("model_name")),
        task=task_of(messages, values.text(agent.get("instance_template"))),
        exit_status=status,
        exit_reason=_reason(info, status, messages),
        started_at=started,
        seconds=seconds,
        usage=_usage(messages, info, Prices.of(config)),
        counts=_counts(n_records, messages),
        diff=submission_of(info, status),
        instance=values.word(document.get("instance_id")),
        metadata={key: value for key, value in document.items() if key != "messages"},
        warnings=tuple(warnings_of(document, messages, config, rejected, torn)),
    )


def _counts(n_records: int, messages: Sequence[Message]) -> Counts:
    """Records count, and recovered replies as replies; the calls of a rejected turn were never taken up."""
    replies = sum(m.role == "assistant" for m in glances(messages))
    taken = (m for m in glances(messages) if m.note != mini_swe_turns.REJECTED)
    calls = sum(not call.from_text for m in taken if m.role == "assistant" for call in m.tool_calls)
    return Counts(n_records, replies, calls)


def _stated_cost(info: Mapping[str, Any]) -> float | None:
    return values.dollars(values.record(info.get("model_stats")).get("instance_cost"))


def _usage(messages: Sequence[Message], info: Mapping[str, Any], prices: Prices) -> Usage:
    """Tokens as the replies add up to; the cost as stated, unless errors of its tracking were ignored."""
    total = total_usage(messages)
    cost = cost_of(info, prices, replied=any(m.role == "assistant" for m in glances(messages)))
    return Usage(total.prompt_tokens, total.completion_tokens, total.cached_tokens, total.reasoning_tokens, cost)


def cost_of(info: Mapping[str, Any], prices: Prices, *, replied: bool) -> float | None:
    """The run's cost as stated; a 0 that may stand for errors is unknown."""
    cost = _stated_cost(info)
    return None if cost == 0 and replied and prices.errors_ignored else cost


def _times(messages: Sequence[Message]) -> tuple[float | None, float | None]:
    """The first and last time in the file; prompts of 2.x have none, so this is from the first reply on."""
    times = [m.timestamp for m in glances(messages) if m.timestamp is not None]
    return (min(times), max(times) - min(times)) if times else (None, None)


def submission_of(info: Mapping[str, Any], status: str | None) -> str | None:
    """What was submitted; without a submission nothing is known of the diff, and 1.x left an error's text there."""
    submission = info.get("submission")
    return submission if isinstance(submission, str) and status == "Submitted" else None


def _reason(info: Mapping[str, Any], status: str | None, messages: Sequence[Message]) -> str | None:
    """The error's own text, or what the agent said when it stopped."""
    if error := values.word(info.get("exception_str")):
        return error
    if status is None or status == "Submitted":
        return None
    if messages and messages[-1].role == "exit" and messages[-1].text not in ("", status):
        return messages[-1].text
    return values.word(info.get("submission"))


def task_of(messages: Sequence[Message], template: str) -> str | None:
    """The task: what the first user message has in the place where its template says `{{task}}`."""
    prompt = next((m.text for m in messages if m.role == "user" and not m.answers), None)
    place = _TASK.search(template)
    if prompt is None or place is None:
        return prompt
    before, after = _JINJA.split(template[: place.start()])[-1], _JINJA.split(template[place.end() :], 1)[0]
    start = prompt.find(before)
    end = prompt.find(after.rstrip(), start + len(before)) if after.strip() else len(prompt)
    return prompt[start + len(before) : end].strip() if 0 <= start < end else prompt


def warnings_of(
    document: Mapping[str, Any], messages: Sequence[Message], config: Mapping[str, Any], rejected: int, torn: str | None
) -> Iterator[str]:
    """What is odd about a run."""
    if torn:
        yield torn
    elif "info" in document and not values.record(document["info"]).get("exit_status"):
        yield "no end is recorded: the run is still going, or was killed"
    if rejected:
        yield (
            f"{rejected} rejected turn{'s' * (rejected > 1)} shown as the model's, recovered from the error message's"
            " record; the model itself saw only the error"
        )
        if any(
            m.note == mini_swe_turns.REJECTED and (m.usage is None or m.usage.cost_usd is None)
            for m in glances(messages)
        ):
            yield "the stated cost leaves out rejected turns, which this version did not add up"
    if any(m.role == "other" for m in glances(messages)):
        yield "some records are no messages of a kind known here; they are shown as they are"
    yield from secrets.warnings_for({"config": config})
