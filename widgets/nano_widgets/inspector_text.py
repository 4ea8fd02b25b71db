"""The texts of one step for the inspector: what was called, what came back, the records as they are."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import orjson

from nano_agent.redact import secrets_in
from nano_agent.trajectory import Message, Step, ToolCall
from nano_widgets import calls
from nano_widgets.file_reads import FileRead, file_read, marker_for
from nano_widgets.flow.page import Marker
from nano_widgets.json_marks import JsonLines
from nano_widgets.seen import amount, full_output, hidden_from_model
from nano_widgets.syntax import language_of
from nano_widgets.text_view import CodeLines, Section
from nano_widgets.transcript.facts import action_facts, reply_facts
from nano_widgets.transcript.markers import DiffLines, NewLines, Prose
from nano_widgets.transcript.pairs import pair
from nano_widgets.units import size

_LOOKED_THROUGH = 200_000
_HOLDS_A_KEY = "⚠ It holds what looks like a key; it is shown as it is, and hidden in what is exported."
_LARGEST_COMPARED = 200_000
_LARGEST_ADDED = 400_000


def call_sections(messages: Sequence[Message], step: Step, as_written: bool = False) -> list[Section]:
    """What the model said and asked for in a step; `as_written` leaves the arguments as they are in its reply."""
    found = list[Section]()
    asked = calls_of(messages, step)
    for index in _callers(messages, step):
        message = messages[index]
        if message.reasoning:
            found.append(Section("reasoning", message.reasoning, ink="reasoning", words=True))
        if message.text and not message.is_observation:
            facts = reply_facts(message)
            found.append(Section(message.role, message.text, right=facts, words=True, marker=Prose))
    for number, call in enumerate(asked):
        title = call_title(call, number, len(asked))
        sections = _written(call, title) if as_written else _call(call, title)
        found += (replace(section, call=number) for section in sections)
    return found


def with_warning(section: Section) -> Section:
    """The section, saying so above its text when that holds what looks like a key; a long text's beginning counts."""
    if next(secrets_in(section.text[:_LOOKED_THROUGH]), None) is None:
        return section
    return replace(section, note=" ".join(filter(None, (section.note, _HOLDS_A_KEY))))


def calls_of(messages: Sequence[Message], step: Step) -> list[ToolCall]:
    """All calls of a step, in order."""
    return [call for index in _callers(messages, step) for call in messages[index].tool_calls]


def call_title(call: ToolCall, number: int, total: int) -> str:
    """What a call is called: its name and id and, of several, which one it is."""
    which = f"call {number + 1} of {total} · " if total > 1 else ""
    return f"{which}{call.name} · {call.id}" if call.id else f"{which}{call.name}"


def _callers(messages: Sequence[Message], step: Step) -> list[int]:
    return [step.reply, *(i for i in step.observations if messages[i].tool_calls)]


def _written(call: ToolCall, title: str) -> Iterator[Section]:
    where = "This call was found in the reply's text." if call.from_text else "These are the arguments as written."
    yield Section(title, call.raw_arguments, where if call.raw_arguments else "It was called without arguments.")


def _call(call: ToolCall, title: str) -> Iterator[Section]:
    view = calls.view(call)
    if view.kind == "command":
        yield Section(title, view.subject, marker=partial(CodeLines, "bash"))
    elif view.kind in ("edit", "write"):
        words = f"{title}  {view.path}  {view.changes}"
        language = language_of(view.path)
        marker: Callable[[], Marker] = partial(CodeLines, language) if language else NewLines
        yield Section(words, view.text, marker=DiffLines if view.diff else marker)
    if view.broken:
        note = "These arguments are no JSON object. This is what the model wrote."
        yield Section(title, call.raw_arguments, note)
        return
    shown = pretty(call.arguments) if call.arguments is not None else ""
    if not call.from_text or shown:
        titled = "arguments" if view.kind not in ("call", "read") else title
        yield Section(titled, shown or call.raw_arguments or "{}", marker=JsonLines)
    if shown and call.raw_arguments and not written_plainly(call):
        yield Section("arguments as the model wrote them", call.raw_arguments)


def written_plainly(call: ToolCall) -> bool:
    """Whether the model's own writing of the arguments says nothing that their values do not.

    Of very long arguments nobody would see a difference; they are taken as plain, because the comparison takes time.
    """
    if len(call.raw_arguments) > _LARGEST_COMPARED:
        return True
    raw = "".join(call.raw_arguments.split())
    for ascii_only in (False, True):
        try:
            text = json.dumps(call.arguments, ensure_ascii=ascii_only)
        except (TypeError, ValueError):
            return False
        if "".join(text.split()) == raw:
            return True
    return False


def pretty(value: Any) -> str:
    """A value as JSON, a member a line; what JSON cannot hold is shown as Python would."""
    try:
        return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS, default=str).decode()
    except (TypeError, ValueError):
        pass
    try:
        return json.dumps(value, indent=2, ensure_ascii=False, default=str)
    except (TypeError, ValueError, RecursionError):
        return repr(value)


def result_sections(messages: Sequence[Message], step: Step) -> list[Section]:
    """What the actions of a step answered: in full where that is known, saying what the model was not shown."""
    indexes = [step.reply] * messages[step.reply].is_observation + list(step.observations)
    reply = messages[step.reply]
    observations = {i: messages[i] for i in indexes}
    pairs = pair(reply.tool_calls, observations)
    asked, total = {answer: number for number, answer in pairs.items()}, len(reply.tool_calls)
    found = list[Section]()
    for i in indexes:
        number = asked.get(i)
        if number is None:
            found += _result(messages[i].name or "result", None, messages[i])
            continue
        call = reply.tool_calls[number]
        sections = _result(call_title(call, number, total), file_read(call), messages[i])
        found += (replace(section, call=number) for section in sections)
    if not reply.is_observation:
        for number, call in enumerate(reply.tool_calls):
            if number not in pairs:
                title = call_title(call, number, total)
                found.append(Section(title, "", "No answer is recorded.", call=number))
    return found


def _result(name: str, read: FileRead | None, message: Message) -> Iterator[Section]:
    facts = action_facts(message)
    full, problem = full_output(message)
    if message.failed or message.exit_code:
        read = None  # what failed says why, and that is no line of the file

    def look(name: str, text: str, note: str = "", skipped: int = 0, whole: bool = True) -> Section:
        if read is None:
            return Section(name, text, note, colours=True)
        return Section(name, text, note, marker=marker_for(read, text, skipped, whole))

    if full is None or full == message.text:
        note = problem or ("" if message.text else "It answered nothing.")
        yield replace(look(name, message.text, note, whole=full is not None), right=facts)
        return
    hidden = hidden_from_model(message.text, full)
    if hidden is None:
        note = "This is the full output. What the model was shown instead is below."
    elif hidden[0] == hidden[1]:
        note = "The model was shown all of it, with some words around it."
    else:
        start, end = hidden
        missing = amount(full, start, end)
        note = f"This is the full output. The model was not shown {missing} of it."
        yield replace(look(name, full[:start], note), right=facts)
        for title, a, b in (
            (f"not shown to the model: {missing}", start, end),
            ("shown to the model again", end, None),
        ):
            text = full[a:b].removeprefix("\n")
            if text or a == start:
                yield look(title, text, skipped=full.count("\n", 0, a) + full.startswith("\n", a))
        return
    yield replace(look(name, full, note), right=facts)
    yield look("what the model was shown", message.text, whole=False)


def step_diff(messages: Sequence[Message], step: Step) -> str:
    """What the edits of a step ask for, as an envelope of changes; empty when it has none."""
    found = list[str]()
    for i in _callers(messages, step):
        for call in messages[i].tool_calls:
            view = calls.view(call)
            if view.kind in ("edit", "write"):
                if not any(line.startswith(("*** ", "--- ", "diff --git ")) for line in view.diff):
                    found += [f"*** Update File: {view.path}" if view.kind == "edit" else f"*** Add File: {view.path}"]
                found += view.diff or _added(view.content)
    return "\n".join(found)


def _added(content: str) -> list[str]:
    """A new file's lines as added ones; the end of a very long one is left to the view of the call."""
    lines = content[:_LARGEST_ADDED].split("\n")
    added = ["+" + line for line in lines]
    if len(content) > _LARGEST_ADDED:
        added += ["*** End of File", f"{size(len(content) - _LARGEST_ADDED)} more are in the call (c)"]
    return added
