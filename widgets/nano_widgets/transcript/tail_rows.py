"""The rows of what is still streaming. Only the last line of a text is wrapped again, however long it has become."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

from nano_agent.trajectory import Message
from nano_widgets.flow.page import Look, Marker, Page
from nano_widgets.flow.row import Row
from nano_widgets.safe import one_line
from nano_widgets.transcript.markers import Prose
from nano_widgets.transcript.step_rows import BAR, INDENT, header
from nano_widgets.units import count

if TYPE_CHECKING:
    from nano_agent.record import LiveTail

_LONG_LINE = 2000
_MOST_AT_ONCE = 60_000
_KEPT_OF_IT = 12_000


class GrowingText:
    """A text that grows at its end, as rows."""

    def __init__(self, width: int, look: Look, marker: Marker | None = None) -> None:
        self.page = Page(width)
        self._look = look
        self._marker = marker or Marker()
        self._stable = 0
        self._done = 0
        self._before = ""

    def update(self, text: str) -> None:
        """Take in what was added; a text that is not the old one grown is begun anew."""
        if not text.startswith(self._before, max(0, self._done - len(self._before))) or len(text) < self._done:
            self._stable = self._done = 0
            del self.page.rows[:]
        stable, old = self._stable, self.page.rows[self._stable :]
        del self.page.rows[stable:]
        if len(text) - self._done > _MOST_AT_ONCE:
            self._skip(text)
        end = text.rfind("\n", self._done)
        if end >= self._done:
            self._add(text[self._done : end], self._marker)
            self._finish(text, end + 1)
        rest = text[self._done :]
        if rest:
            self._add(rest, deepcopy(self._marker))
            if len(rest) > _LONG_LINE:
                # All rows of a line but the last stay as they are, whatever is added to it.
                last = self.page.rows.pop()
                self._finish(text, self._done + last.start)
                self._add(text[self._done :], deepcopy(self._marker))
        # Rows that look as before are the same rows: they are painted already.
        for index, (before, row) in enumerate(zip(old, self.page.rows[stable:], strict=False), stable):
            if before == row:
                self.page.rows[index] = before

    def _add(self, text: str, marker: Marker) -> None:
        self.page.text(text, None, self._look, marker=marker)

    def _finish(self, text: str, done: int) -> None:
        self._stable, self._done = len(self.page.rows), done
        self._before = text[max(0, done - 32) : done]

    def _skip(self, text: str) -> None:
        """Nobody reads this fast: of a flood only the end is laid out."""
        start = text.find("\n", len(text) - _KEPT_OF_IT) + 1 or len(text) - _KEPT_OF_IT
        lines = text.count("\n", self._done, start)
        self.page.line((*self._look.prefix, (f"… {count(lines, 'line')} passed by", "fold")))
        self._finish(text, start)


class TailRows:
    """What is in flight, as the rows of one item: the reply's parts, or the output of the command that runs."""

    def __init__(self, width: int) -> None:
        self.width = width
        self._texts: dict[str, GrowingText] = {}
        self._message = -1

    def rows(self, tail: LiveTail) -> list[Row]:
        """Lay out what came since the last call."""
        if tail.message != self._message:
            self._message = tail.message
            self._texts.clear()
        if tail.call_id or tail.output:
            return self._grown("output", tail.output, Look(prefix=BAR, colours=True))
        page = Page(self.width)
        header(page, "", Message("assistant"))
        rows = page.rows
        rows += self._grown("reasoning", tail.reasoning, Look("reasoning", INDENT, words=True))
        rows += self._grown("text", tail.text, Look(prefix=INDENT, words=True), Prose())
        for number, call in tail.calls.items():
            title = Page(self.width)
            title.line((*INDENT, (f"{one_line(call.name, 60) or 'call'} ", "call"), ("is being written …", "fold")))
            rows += title.rows
            rows += self._grown(f"call {number}", readable(call.arguments), Look("", (("    ", ""),)))
        return rows

    def _grown(self, name: str, text: str, look: Look, marker: Marker | None = None) -> list[Row]:
        if not text:
            return []
        growing = self._texts.get(name)
        if growing is None:
            growing = self._texts[name] = GrowingText(self.width, look, marker)
        growing.update(text)
        return list(growing.page.rows)


def readable(arguments: str) -> str:
    """Half-written JSON with its line ends as such; good enough to read along."""
    return arguments.replace("\\n", "\n").replace('\\"', '"').replace("\\t", "\t")
