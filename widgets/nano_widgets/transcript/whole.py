"""An output that was cut for the model: whole, with the place where the model saw nothing."""

from __future__ import annotations

from collections.abc import Iterator

from nano_agent.trajectory import Message
from nano_widgets.seen import amount, full_output, hidden_from_model, is_kept_large

_LARGEST = 2_000_000
"""Characters of an output that is gone through for how much of it is missing."""


def cut_in_words(observation: Message) -> str:
    """How much of an output the model was not shown."""
    full = observation.output
    if full is None or len(full) > _LARGEST or (hidden := hidden_from_model(observation.text, full)) is None:
        return "cut for the model"
    return f"the model was not shown {amount(full, *hidden)} of it"


def whole_output(observation: Message) -> Iterator[tuple[str, str, str]]:
    """Sentences on the parts of the full output, with a name for each part and its text, in order."""
    if is_kept_large(observation):
        yield "✂ cut for the model; the full output is large: Enter and o show it", "text", observation.text
        return
    full, problem = full_output(observation)
    if full is None:
        yield f"✂ {problem}", "text", observation.text
        return
    hidden = hidden_from_model(observation.text, full)
    if hidden is None or hidden[0] == hidden[1]:
        shown = "all of it, with some words around it" if hidden else "something else instead of it"
        yield f"✂ the full output; the model was shown {shown} · w shows that", "whole", full
        return
    start, end = hidden
    if start:
        yield "✂ the full output · w shows it as the model saw it", "whole", full[:start]
    words = f"✂ from here on {amount(full, start, end)} that the model was not shown"
    yield words, "hidden", full[start:end].removeprefix("\n")
    if end < len(full):
        yield "✂ from here on the model was shown it again", "rest", full[end:].removeprefix("\n")
