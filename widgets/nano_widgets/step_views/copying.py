"""What of a step can be copied, whichever tab is in sight."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.worker import Worker

from nano_widgets import inspector_text as texts
from nano_widgets.clipboard import copy
from nano_widgets.records import exact_text
from nano_widgets.request.sent import end_of, request_json
from nano_widgets.seen import full_output
from nano_widgets.step_views.base import Sight
from nano_widgets.transcript.pairs import pair


def _key(letter: str, part: str, verb: str, tooltip: str) -> Binding:
    return Binding(
        f"Y{letter}", f"copy_part('{part}')", f"Copy {verb}", show=False, tooltip=tooltip, id=f"inspector.copy_{part}"
    )


COPY_KEYS: list[BindingType] = [
    _key("n", "name", "name", "Copy the name of the call"),
    _key("a", "arguments", "arguments", "Copy the call's arguments as the model wrote them"),
    _key("o", "result", "result", "Copy the call's result, in full where that is known"),
    _key("r", "record", "record", "Copy the records of the step exactly as they are in the file"),
    _key("m", "request", "request", "Copy the request as JSON that could be sent again"),
]


def copy_part(widget: Widget, sight: Sight, part: str, call: int) -> None:
    """Copy a part of the step; of several calls the one with that number, from 0. Long parts are made in a thread."""
    make, what = _PARTS[part]

    async def do() -> None:
        copy(widget, await asyncio.to_thread(make, sight, call), what)

    _: Worker[None] = widget.run_worker(do, group="copy", exclusive=True, exit_on_error=False)


def _name(sight: Sight, call: int) -> str:
    asked = texts.calls_of(sight.messages, sight.step)
    return asked[call].name if call < len(asked) else ""


def _arguments(sight: Sight, call: int) -> str:
    asked = texts.calls_of(sight.messages, sight.step)
    return asked[call].raw_arguments if call < len(asked) else ""


def _result(sight: Sight, call: int) -> str:
    messages, step = sight.messages, sight.step
    answers = {i: messages[i] for i in step.indexes if messages[i].is_observation}
    answer = pair(texts.calls_of(messages, step), answers).get(call, next(iter(answers), None))
    if answer is None:
        return ""
    full, _ = full_output(messages[answer])
    return messages[answer].text if full is None else full


def _record(sight: Sight, call: int) -> str:
    return exact_text(sight.run, sight.step)


def _request(sight: Sight, call: int) -> str:
    return request_json(sight.run, end_of(sight.items, sight.number, sight.messages))


_PARTS: dict[str, tuple[Callable[[Sight, int], str], str]] = {
    "name": (_name, "the name of the call"),
    "arguments": (_arguments, "the arguments"),
    "result": (_result, "the result"),
    "record": (_record, "the record"),
    "request": (_request, "the request"),
}
