"""A trajectory as plain text for a terminal or a pipe."""

from __future__ import annotations

from collections.abc import Iterator

from nano_agent.library.as_json import moment
from nano_agent.library.summary import Summary, summarise
from nano_agent.trajectory import Message, ToolCall, Trajectory, Usage
from nano_tui.commands.printing import Ink, count, dollars, plural, seconds
from nano_widgets.safe import cells, fit, one_line, safe

_BAR = "│ "


def head(trajectory: Trajectory, ink: Ink, columns: int) -> Iterator[str]:
    """What there is to say of the whole, before its history."""
    summary = summarise(trajectory)
    name = summary.path + (f" [{summary.sample}]" if summary.sample else "")
    yield ink.bold(f"{safe(summary.format)}  {safe(name, keep_newlines=False)}")
    status = "live" if trajectory.live else summary.exit_status
    if trajectory.exit_reason:
        status = f"{status or 'no status'} ({trajectory.exit_reason})"
    facts = (
        ("task", trajectory.task or summary.task),
        ("model", summary.model),
        ("status", status),
        ("repo", summary.repo),
        ("instance", summary.instance),
        ("group", summary.group),
        ("reward", None if summary.reward is None else f"{summary.reward:g}"),
        ("started", moment(summary.started_at)),
    )
    for label, value in facts:
        if value:
            yield f"{ink.dim(f'{label:<9}')}{one_line(value, columns - 9)}"
    yield f"{ink.dim('totals   ')}{_totals(summary)}"
    for warning in trajectory.warnings:
        yield f"{ink.odd('warning  ')}{safe(warning, keep_newlines=False)}"


def history(trajectory: Trajectory, ink: Ink, columns: int) -> Iterator[str]:
    """Every message in order, then the final diff."""
    numbers = {step.reply: step.index for step in trajectory.steps}
    names = dict[str, str]()
    for i, message in enumerate(trajectory.messages):
        names.update((call.id, call.name) for call in message.tool_calls if call.id)
        yield ""
        yield from _message(message, numbers.get(i), names, ink, columns)
    if trajectory.diff and not trajectory.diff.isspace():
        yield ""
        yield _rule("final diff", "", ink, columns)
        yield from diff_lines(trajectory.diff, ink)


def one_step(trajectory: Trajectory, number: int, ink: Ink, columns: int) -> Iterator[str]:
    """The reply and the observations of one step."""
    step = trajectory.steps[number - 1]
    names = dict[str, str]()
    for i in step.indexes:
        message = trajectory.messages[i]
        names.update((call.id, call.name) for call in message.tool_calls if call.id)
        yield ""
        yield from _message(message, number if i == step.reply else None, names, ink, columns)


def diff_lines(diff: str, ink: Ink) -> Iterator[str]:
    """A unified diff, its lines coloured by what they are."""
    for line in safe(diff).rstrip("\n").split("\n"):
        if line.startswith(("+++", "---", "diff ", "index ")):
            yield ink.bold(line)
        elif line.startswith("+"):
            yield ink.good(line)
        elif line.startswith("-"):
            yield ink.bad(line)
        else:
            yield ink.dim(line) if line.startswith("@@") else line


def _totals(summary: Summary) -> str:
    parts = [
        plural(summary.n_steps, "step"),
        plural(summary.n_messages, "message"),
        plural(summary.n_tool_calls, "tool call"),
        f"{count(summary.prompt_tokens)} tokens in"
        + (f" ({count(summary.cached_tokens)} cached)" if summary.cached_tokens else ""),
        f"{count(summary.completion_tokens)} out",
        dollars(summary.cost_usd, summary.cost_estimated),
        seconds(summary.seconds),
    ]
    return " · ".join(parts)


def _message(message: Message, number: int | None, names: dict[str, str], ink: Ink, columns: int) -> Iterator[str]:
    yield _rule(_title(message, number, names), _margin(message), ink, columns, bad=_failed(message))
    if message.reasoning:
        yield from (ink.dim(_BAR + line) for line in safe(message.reasoning).rstrip("\n").split("\n"))
    if message.text:
        yield from safe(message.text).rstrip("\n").split("\n")
    for call in message.tool_calls:
        yield from _call(call, ink)
    if message.output_path is not None:
        yield ink.dim(f"(the full output is in {safe(str(message.output_path), keep_newlines=False)})")


def _title(message: Message, number: int | None, names: dict[str, str]) -> str:
    parts = [str(number)] if number is not None else []
    if message.is_observation:
        tool = message.name or names.get(message.call_id or "", "")
        parts.append(f"result {tool}".rstrip())
    else:
        parts.append(message.role + (f" {message.name}" if message.name else ""))
    if message.note:
        parts.append(f"({message.note})")
    return safe(" ".join(parts), keep_newlines=False)


def _margin(message: Message) -> str:
    """Exit code, seconds, tokens and dollars of a message, as far as they are known."""
    parts = []
    if message.exit_code is not None:
        parts.append(f"exit {message.exit_code}")
    elif message.failed:
        parts.append("failed")
    if message.seconds is not None:
        parts.append(seconds(message.seconds))
    if message.usage is not None:
        parts.extend(_spent(message.usage))
    return " · ".join(parts)


def _spent(usage: Usage) -> Iterator[str]:
    if usage.prompt_tokens is not None or usage.completion_tokens is not None:
        yield f"{count(usage.prompt_tokens)} in, {count(usage.completion_tokens)} out"
    if usage.cost_usd is not None:
        yield dollars(usage.cost_usd, usage.cost_estimated)


def _failed(message: Message) -> bool:
    return message.is_observation and bool(message.failed or (message.failed is None and message.exit_code))


def _rule(title: str, margin: str, ink: Ink, columns: int, bad: bool = False) -> str:
    """A heading across the terminal: `── 3 assistant ───────── 1.2s · $0.0021 ──`."""
    title = fit(title, max(8, columns - cells(margin) - 10))
    end = f" {margin} ──" if margin else ""
    line = "─" * max(2, columns - cells(title) - cells(end) - 5)
    heading = ink.bad(title) if bad else ink.bold(title)
    return f"{ink.dim('──')} {heading} {ink.dim(line + end)}"


def _call(call: ToolCall, ink: Ink) -> Iterator[str]:
    """A call with its arguments: a command as it is typed, everything else name by name."""
    name = safe(call.name, keep_newlines=False)
    arguments = call.arguments
    if not isinstance(arguments, dict):
        yield from _block(f"→ {name}  ", safe(call.raw_arguments), ink)
        return
    texts = {key: value if isinstance(value, str) else _compact(value) for key, value in arguments.items()}
    if len(texts) == 1 or not any("\n" in value for value in texts.values()):
        shown = next(iter(texts.values())) if len(texts) == 1 else "  ".join(f"{k}={v}" for k, v in texts.items())
        yield from _block(f"→ {name}  ", safe(shown), ink)
        return
    yield ink.bold(f"→ {name}")
    for key, value in texts.items():
        yield from _block(f"  {safe(key, keep_newlines=False)}: ", safe(value), ink)


def _block(start: str, text: str, ink: Ink) -> Iterator[str]:
    """A text behind its heading; further lines stand below each other."""
    first, *rest = text.rstrip("\n").split("\n")
    yield ink.bold(start) + first
    yield from (f"    {line}" for line in rest)


def _compact(value: object) -> str:
    from nano_agent.library.as_json import dump

    return dump(value)
