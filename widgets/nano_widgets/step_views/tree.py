"""The JSON of a step as a tree: the arguments of its calls, results that are JSON, its records."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from nano_agent.trajectory import Message
from nano_widgets import inspector_text as texts
from nano_widgets.json_tree.pieces import PIECE, NotJson, looks_like_json, read
from nano_widgets.json_tree.tree_view import JsonTree, Root
from nano_widgets.seen import full_output, is_kept_large
from nano_widgets.step_views.base import Sight, StepView
from nano_widgets.transcript.pairs import pair

_READING = "reading …"


class TreeSide(StepView):
    """Shows what of a step is JSON."""

    def __init__(self) -> None:
        self.view = JsonTree()
        super().__init__(self.view)
        self._sight: Sight | None = None
        self._calls: list[int | None] = []

    def show(self, sight: Sight) -> None:
        """Show arguments, results and records; a long text is read in a thread."""
        self._sight = sight
        roots, long = list[Root](), dict[int, Message]()
        self._calls = []
        for call, root in _roots(sight):
            value = root.value
            if isinstance(value, Message):
                if is_kept_large(value) or len(value.output or value.text) > PIECE:
                    long[len(roots)], value = value, _READING
                else:
                    value = _parsed(value)
            if not isinstance(value, NotJson):
                roots.append(Root(root.title, value, root.open))
                self._calls.append(call)
        self.view.notice = "Nothing in this step is JSON. The call (c), the result (o) and the record (r) are texts."
        self.view.show(roots)
        if long:
            self._read(sight, long)

    def _read(self, sight: Sight, long: dict[int, Message]) -> None:
        def work() -> dict[int, Any]:
            return {number: _parsed(message, lambda: sight is not self._sight) for number, message in long.items()}

        def arrived(found: dict[int, Any]) -> None:
            if sight is self._sight:
                for number, value in found.items():
                    self.view.replace(number, str(value) if isinstance(value, NotJson) else value)

        self.aside("tree", work, arrived)

    @property
    def call(self) -> int | None:
        """The number of the call that the cursor is in."""
        root = self.view.root
        return self._calls[root] if root is not None else None

    def go_to_call(self, call: int) -> None:
        """Put the cursor on a call's arguments."""
        if call in self._calls:
            self.view.go_to_root(self._calls.index(call))

    def clear(self, notice: str) -> None:
        """Show nothing, and say why."""
        self._sight = None
        self.view.notice = notice
        self.view.show(())


def _roots(sight: Sight) -> Iterator[tuple[int | None, Root]]:
    """The number of the call, and what is at the top of the tree; a message stands for the JSON that it may hold."""
    messages, step = sight.messages, sight.step
    indexes = step.indexes
    asked = texts.calls_of(messages, step)
    observations = {i: messages[i] for i in indexes if messages[i].is_observation}
    pairs = pair(asked, observations)
    for number, call in enumerate(asked):
        title = texts.call_title(call, number, len(asked))
        if call.arguments is not None:
            yield number, Root(f"{title} · arguments", call.arguments)
        if number in pairs:
            yield number, Root(f"{title} · result", messages[pairs[number]])
    for i in observations:
        if i not in pairs.values():
            yield None, Root(f"result · message {i}", messages[i])
    for i in indexes:
        if messages[i].raw is not None:
            yield None, Root(f"record · message {i} · {messages[i].role}", messages[i].raw, open=False)


def _parsed(message: Message, cancelled: Callable[[], bool] = lambda: False) -> Any:
    """The JSON that a result is, in full where that is kept; `NotJson` where it is none."""
    text, _ = full_output(message)
    text = message.text if text is None else text
    try:
        return read(text, cancelled) if looks_like_json(text) else NotJson("This result is no JSON.")
    except NotJson as error:
        return error
