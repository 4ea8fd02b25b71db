"""What a transcript does while nobody waits for it: marks for the map, and the import of syntax colours."""

from __future__ import annotations

from textual.timer import Timer

from nano_widgets import syntax
from nano_widgets.flow.flow_view import FlowView
from nano_widgets.transcript.marks import ItemMarks
from nano_widgets.transcript.view import View

MARK_EVERY, MARK_FOR = 0.05, 0.006
"""How often, and for how long, items are looked at for the map."""
SYNTAX_AFTER = 0.3
"""Seconds after the first run was shown: its first screen goes before."""


class Background(FlowView):
    """A view of a history, and the work that is done on it bit by bit."""

    def __init__(
        self, *, name: str | None = None, id: str | None = None, classes: str | None = None, disabled: bool = False
    ) -> None:
        super().__init__(name=name, id=id, classes=classes, disabled=disabled)
        self.view = View()
        self.marks = ItemMarks(self.view)
        self._mark_timer: Timer | None = None

    def start_marking(self) -> None:
        """Find the marks of items that have none yet: those of a short history before its first picture."""
        if self._mark_timer is None and self.is_attached:
            self._mark_timer = self.set_interval(MARK_EVERY, self._mark)
            self._mark()

    def _mark(self) -> None:
        if not self.marks.work(MARK_FOR) and self._mark_timer is not None:
            self._mark_timer.stop()
            self._mark_timer = None
            if self.marks.take_news():
                self.refresh()

    def want_syntax(self) -> None:
        """See to it that source code gets colours, soon."""
        if not syntax.is_loaded() and self.is_attached:
            self.set_timer(SYNTAX_AFTER, self._load_syntax)

    def _load_syntax(self) -> None:
        if not syntax.is_loaded():
            self.run_worker(self._syntax_loaded, thread=True, group="syntax", exclusive=True, exit_on_error=False)

    def _syntax_loaded(self) -> None:
        syntax.load()
        self.app.call_from_thread(self.changed)
