"""A trajectory of mini-swe-agent 2.x for a listing: its records are counted, without a message built for each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from nano_agent.formats import mini_swe_agent as mini
from nano_agent.formats import mini_swe_turns, values
from nano_agent.formats.mini_swe_costs import Prices
from nano_agent.formats.quick_count import BROKEN, LARGEST, Count, Unusual, read
from nano_agent.formats.source import Source
from nano_agent.library.summary import TOOLS_KEPT, WARNINGS_KEPT, Summary, is_error, shortened, word, words
from nano_agent.trajectory import Message

_NOTHING: dict[str, Any] = {}
_BIGGEST = 2**40
_FLOAT, _WHOLE = frozenset((float,)), frozenset((int,))
_FORMAT = "mini-swe-agent-1."
_MARK = b'"mini-swe-agent-1.'
_END_BYTES = 200


class _Run(Count):
    """What the records add up to, their tokens and times included."""

    def __init__(self) -> None:
        super().__init__()
        self.spent: list[tuple[Any, Any, Any]] = []
        """What each reply says of its prompt, completion and cached tokens."""
        self.times: list[Any] = []

    def take(self, records: Iterable[dict[str, Any]]) -> None:
        """Count records; raises `Unusual` for those that the reader looks at more closely."""
        # A listing comes by here half a million times for 10,000 files.
        for record in records:
            extra = record.get("extra") or _NOTHING
            if "object" in record or "type" in record or "interrupt_type" in extra:
                raise Unusual
            role = record["role"]
            if role == "exit" or "exit_status" in extra:
                self.messages += 1
            elif role == "assistant":
                self._reply(record, extra)
            elif role == "tool" or (role == "user" and "returncode" in extra):
                self._observation(extra)
            elif "actions" in extra:
                raise Unusual
            else:
                self.words(record)

    def _reply(self, record: dict[str, Any], extra: dict[str, Any]) -> None:
        if record.get("function_call"):
            raise Unusual
        self.reply(record)
        if not record.get("tool_calls") and extra.get("actions"):
            self.tools["bash"] = None
        self.times.append(extra.get("timestamp"))
        usage = (extra.get("response") or _NOTHING).get("usage") or _NOTHING
        if "input_tokens" in usage:
            raise Unusual
        details = usage.get("prompt_tokens_details")
        cached = details.get("cached_tokens") if details else None
        self.spent.append((usage.get("prompt_tokens"), usage.get("completion_tokens"), cached))

    def _observation(self, extra: dict[str, Any]) -> None:
        self.observations()
        self.times.append(extra.get("timestamp"))
        error = extra.get("exception_info")
        if error or "exception_type" in extra or extra.get("returncode") != 0:
            if error == mini_swe_turns.NOT_RUN:
                raise Unusual
            timed_out = values.text(extra.get("exception_type")).startswith("Timeout")
            failed = timed_out or values.text(error) or values.integer(extra.get("returncode"))
            self.failed = self.failed or bool(failed)

    def tokens(self) -> list[int | None]:
        """Prompt, completion and cached tokens; `None` where a reply does not know its own."""
        return [_added_up(kind) for kind in zip(*self.spent, strict=True)] or [None, None, None]

    def span(self) -> tuple[float | None, float | None]:
        """The first time, and how long it was to the last."""
        times = self.times
        if not set(map(type, times)) <= _FLOAT:
            times = [at for at in map(values.epoch, times) if at is not None]
        if not times:
            return None, None
        first, last = min(times), max(times)
        if values.epoch(first) is None or values.epoch(last) is None:
            raise Unusual
        return first, last - first


def _added_up(tokens: Sequence[Any]) -> int | None:
    """The sum, unless one is unknown; raises `Unusual` for what is no count."""
    known = [number for number in tokens if number is not None]
    if not set(map(type, known)) <= _WHOLE or min(known, default=0) < 0 or max(known, default=0) >= _BIGGEST:
        raise Unusual
    return sum(known) if len(known) == len(tokens) else None


def summarise(source: Source, size: int, mtime_ns: int) -> tuple[Summary] | None:
    """The summary of the run in a file; `None` for one of 1.x, or with anything that must be looked at closely."""
    if not 0 < size <= LARGEST or source.path.suffix not in (".json", ".traj"):
        return None
    try:
        document = _document(str(source.path))
        info = values.record(document.get("info"))
        config = values.record(info.get("config"))
        model = values.record(config.get("model"))
        records = document["messages"]
        prices = Prices(values.text(config.get("model_type")), model.get("cost_tracking") == "ignore_errors")
        run = _Run()
        run.take(records)
        return (_summary(source, document, info, config, prices, run, size, mtime_ns),)
    except BROKEN:
        return None


def _document(path: str) -> dict[str, Any]:
    """The document in a file of 2.x. That it is one is seen before it is decoded: the mark is mostly at the end."""
    data = read(path)
    if _MARK not in data[-_END_BYTES:] and _MARK not in data:
        raise Unusual
    document: dict[str, Any] = orjson.loads(data)
    if not document["trajectory_format"].startswith(_FORMAT):
        raise Unusual
    return document


def _summary(
    source: Source,
    document: dict[str, Any],
    info: dict[str, Any],
    config: dict[str, Any],
    prices: Prices,
    run: _Run,
    size: int,
    mtime_ns: int,
) -> Summary:
    status = values.word(info.get("exit_status"))
    template = values.text(values.record(config.get("agent")).get("instance_template"))
    prompt = () if run.prompt is None else (Message("user", run.prompt),)
    diff = mini.submission_of(info, status)
    warnings = tuple(mini.warnings_of(document, (), config, 0, None))
    prompt_tokens, completion_tokens, cached_tokens = run.tokens()
    started, seconds = run.span()
    return Summary(
        path=str(source.path),
        sample=None,
        format=mini.MiniSweAgentReader.name,
        model=word(values.word(values.record(config.get("model")).get("model_name"))),
        exit_status=word(status),
        n_messages=run.messages,
        n_assistant=run.replies,
        n_tool_calls=run.calls,
        n_steps=run.steps,
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
        cached_tokens=cached_tokens,
        cost_usd=mini.cost_of(info, prices, replied=run.replies > 0),
        cost_estimated=False,
        started_at=started,
        seconds=seconds,
        task=shortened(mini.task_of(prompt, template)),
        repo=None,
        group=None,
        instance=word(values.word(document.get("instance_id"))),
        reward=None,
        has_diff=bool(diff and not diff.isspace()),
        has_error=run.failed or is_error(status),
        live=False,
        waiting=False,
        tools=words(run.tools, TOOLS_KEPT),
        n_warnings=len(warnings),
        warnings=words(warnings, WARNINGS_KEPT),
        size=size,
        mtime_ns=mtime_ns,
    )
