"""The line in which a query is typed, and the one below: what may come next, or what is wrong and where."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.highlighter import Highlighter
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input

from nano_widgets.fields import Field
from nano_widgets.hint_line import HintLine

if TYPE_CHECKING:
    from nano_agent.library.query import Completion, QueryError

PLACEHOLDER = "words, model:qwen, status:limit, cost>0.1, age<2d, has:error, is:live …"
KEYS = "Tab completes · Enter to the table · ↑ earlier queries · Esc all runs"
MOST_HINTS = 40
QUERY_KEYS: list[BindingType] = [
    Binding("escape", "leave(True)", "All runs", tooltip="Forget the query", id="query.give_up"),
    Binding("tab", "complete(1)", "Complete", tooltip="Take the next completion", id="query.complete"),
    Binding("shift+tab", "complete(-1)", "Back", show=False, tooltip="Take the one before", id="query.complete_back"),
    Binding("up", "recall(1)", "Earlier", tooltip="Bring back an earlier query", id="query.earlier"),
    Binding("down", "recall(-1)", "Table", tooltip="A later query, and then the table", id="query.table"),
]


class _Fault(Highlighter):
    """Marks the part of the query that is not understood, by a line below it and not by colour alone."""

    def __init__(self) -> None:
        self.error: QueryError | None = None

    def highlight(self, text: Text) -> None:
        if self.error is not None:
            text.stylize("underline bold red", self.error.start, self.error.end)


class _Ghost(Suggester):
    """Shows the first completion behind the cursor, where it goes on as was typed."""

    def __init__(self, completions: Callable[[str, int], Sequence[Completion]]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._completions = completions

    async def get_suggestion(self, value: str) -> str | None:
        if not value or value.endswith(" "):
            return None
        applied = (one.applied(value)[0] for one in self._completions(value, len(value))[:1])
        return next((text for text in applied if text.startswith(value) and text != value), None)


class QueryBar(Vertical):
    """Two lines, always. Tab takes the completions one after the other, Up and Down earlier queries."""

    HELP = (
        "A query: words are searched in everything that was said and done, `model:qwen`, `status:limit`, `cost>0.1`, "
        '`age<2d`, `has:error`, `is:live`, `tool:shell`, `cmd:"rm -rf"` look at fields; what stands side by side must '
        "all hold; `or`, `not`, parentheses; `sort:-cost`. `Tab` completes, `↑` brings back earlier queries."
    )
    DEFAULT_CSS = """
    QueryBar {
        height: 2;
        Input, Input.-textual-compact { width: 1fr; background: $boost; padding: 0 1; }
    }
    """
    BINDINGS = QUERY_KEYS

    @dataclass
    class Changed(Message):
        """Something else is asked for."""

        text: str

    @dataclass
    class Left(Message):
        """The table is to be used again."""

        text: str
        """The query that was typed."""
        given_up: bool
        """Whether it is to be forgotten."""

    @dataclass
    class ValuesWanted(Message):
        """The values that a field has are wanted, for completions; see `know`."""

        field: str

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.history: Sequence[str] = ()
        """Earlier queries, the latest first."""
        self._recalled = -1
        self._draft = ""
        self._values: dict[str, Sequence[str]] = {}
        self._taking: tuple[str, int, Sequence[Completion]] | None = None
        """While Tab is pressed again and again: the text that was typed, its cursor, what it may become."""
        self._taken = -1
        self._put_in: list[str] = []
        """Texts that were put into the input, and not typed, of which it has not said yet that it has them."""
        self._fault = _Fault()
        self._input = Field(
            placeholder=PLACEHOLDER,
            compact=True,
            select_on_focus=False,
            suggester=_Ghost(self._completions),
            highlighter=self._fault,
        )
        self._hints = HintLine()

    def compose(self) -> ComposeResult:
        """The input and the line below."""
        yield self._input
        yield self._hints

    @property
    def text(self) -> str:
        """The query as it stands."""
        return self._input.value

    def focus(self, scroll_visible: bool = True) -> QueryBar:
        """Put the cursor into the line."""
        self._input.focus(scroll_visible)
        self._values.clear()
        self._recalled = -1
        self._show_hints()
        return self

    def clear(self) -> None:
        """Empty the line without asking for anything."""
        with self.prevent(Input.Changed):
            self._input.value = ""
        self.understood()

    def understood(self) -> None:
        """The query is fine: say what may come next."""
        self._mark(None)
        self._show_hints()

    def complain(self, error: QueryError) -> None:
        """Say what is wrong with the query, unless it is only that the person has not come to the end of it."""
        at_the_end = error.end >= len(self.text.rstrip()) and self._input.cursor_position >= len(self.text)
        if at_the_end and self._input.has_focus and self._completions(self.text, len(self.text)):
            self.understood()
            return
        self._mark(error)
        self._hints.complain(error.message, error.start, error.end)

    def know(self, field: str, values: Sequence[str]) -> None:
        """Take the values that a field has."""
        self._values[field] = values
        if self._taking is None and (error := self._fault.error) is not None:
            # With a value to complete it by, the person may only not have come to the end.
            self.complain(error)
        elif self._taking is None:
            self._show_hints()

    def _mark(self, error: QueryError | None) -> None:
        if error is not self._fault.error:
            self._fault.error = error
            self._input.refresh()

    def _completions(self, text: str, cursor: int) -> Sequence[Completion]:
        from nano_agent.library.query import complete

        return complete(text, cursor, self._values_of)[:MOST_HINTS]

    def _values_of(self, field: str) -> Sequence[str]:
        if field not in self._values:
            self._values[field] = ()
            self.post_message(self.ValuesWanted(field))
        return self._values[field]

    def _show_hints(self) -> None:
        text, cursor = self.text, self._input.cursor_position
        found = self._completions(text, cursor) if text[:cursor].strip() else ()
        only = found[0].help if len(found) == 1 else ""
        self._hints.hint([one.text.strip() for one in found], help=only or ("" if found else KEYS))

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        if event.value in self._put_in:
            self._put_in.remove(event.value)
        else:
            self._taking, self._recalled = None, -1
            self._mark(None)
            self._show_hints()
        self.post_message(self.Changed(event.value))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_leave(False)

    def _put(self, text: str, cursor: int | None = None) -> None:
        if text != self.text:
            self._put_in.append(text)
            self._input.value = text
        self._input.cursor_position = len(text) if cursor is None else cursor
        self._mark(None)

    def action_leave(self, given_up: bool) -> None:
        """Go back to the table."""
        self.post_message(self.Left(self.text, given_up))

    def action_complete(self, direction: int) -> None:
        """Take the next completion of what was typed, in the place of the one before."""
        if self._taking is None:
            text, cursor = self.text, self._input.cursor_position
            found = self._completions(text, cursor)
            if not found:
                return
            self._taking, self._taken = (text, cursor, found), -1 if direction > 0 else 0
        self._take((self._taken + direction) % len(self._taking[2]))

    def _take(self, index: int) -> None:
        assert self._taking is not None
        text, _, found = self._taking
        self._taken = index
        self._put(*found[index].applied(text))
        if len(found) == 1:
            # What may follow it is more help than that it was the only one.
            self._taking = None
            self._show_hints()
        else:
            self._hints.hint([one.text.strip() for one in found], index, found[index].help)

    def on_hint_line_chosen(self, event: HintLine.Chosen) -> None:
        """Take the completion that was clicked."""
        event.stop()
        if self._taking is None:
            text, cursor = self.text, self._input.cursor_position
            self._taking = (text, cursor, self._completions(text, cursor))
        if event.index < len(self._taking[2]):
            self._take(event.index)
            self._taking = None
        self._input.focus()

    def action_recall(self, by: int) -> None:
        """Bring back an earlier query; go back to what was typed, and from there to the table."""
        if by < 0 and self._recalled < 0:
            self.action_leave(False)
            return
        if self._recalled < 0:
            self._draft = self.text
        wanted = self._recalled + by
        if wanted < len(self.history):
            self._recalled = wanted
            self._taking = None
            self._put(self._draft if wanted < 0 else self.history[wanted])
