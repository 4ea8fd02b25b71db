"""The transcript: a run's whole history, scrolled, folded, searched and, while it lives, followed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message as Event

from nano_widgets.clipboard import copy
from nano_widgets.flow.flow_view import FLOW_KEYS
from nano_widgets.flow.searching import SEARCH_KEYS
from nano_widgets.jumps import JUMP_KEYS, Jumps
from nano_widgets.transcript.core import TranscriptCore
from nano_widgets.transcript.searching import SearchingTranscript
from nano_widgets.transcript.step_rows import CHILD
from nano_widgets.transcript.texts import texts
from nano_widgets.transcript.view import Part

TRANSCRIPT_KEYS: list[BindingType] = [
    Binding("enter", "open", "Open", tooltip="Unfold this step, or open it", id="transcript.open"),
    Binding("space", "fold", "Unfold", tooltip="Show more of this step, or fold it again", id="transcript.fold"),
    Binding("l,right", "step(1)", "Next step", show=False, tooltip="Go to the next step", id="transcript.next"),
    Binding("h,left", "step(-1)", "Last step", show=False, tooltip="Go to the step before", id="transcript.previous"),
    Binding("y", "copy", "Copy", show=False, tooltip="Copy this step as text", id="transcript.copy"),
    *JUMP_KEYS,
    Binding("t", "show('reasoning')", "Thinking", show=False, tooltip="Show or hide it", id="transcript.reasoning"),
    Binding("o", "show('outputs')", "Outputs", show=False, tooltip="Show or hide results", id="transcript.outputs"),
    Binding("p", "show('system')", "Prompt", show=False, tooltip="Show the system prompt", id="transcript.system"),
    Binding("w", "show('whole')", "Whole", show=False, tooltip="Outputs whole, or as the model saw them",
            id="transcript.whole"),
]  # fmt: skip


class Transcript(SearchingTranscript, Jumps):
    """Every message of a run in order, at any length, live or not.

    `show` gives it a run, `append` and `set_tail` let it grow, `go_to_step` moves it; it says where the reader is with
    `StepHighlighted` and what is to be opened with `StepSelected`.
    """

    HELP = (
        "The whole history. `j` and `k` scroll, `h` and `l` go from step to step, Space unfolds what is long, Enter "
        "opens the step. `/` searches. `]e` and `[e` go to errors, `]d` and `[d` to edits, `]t` and `[t` to test runs, "
        "`]u` and `[u` to what was said to the model. `t`, `o` and `p` show or hide reasoning, outputs and the "
        "system prompt; `w` shows outputs that were cut for the model whole, and where they were cut."
    )
    BINDINGS: ClassVar[list[BindingType]] = [*FLOW_KEYS, *SEARCH_KEYS, *TRANSCRIPT_KEYS]

    @dataclass
    class StepSelected(Event):
        """A step is to be opened."""

        transcript: TranscriptCore
        step: int
        """The step's number, from 1."""

        @property
        def control(self) -> TranscriptCore:
            """The transcript it happened in."""
            return self.transcript

    @dataclass
    class ChildSelected(Event):
        """The child of the current step is to be opened."""

        transcript: TranscriptCore

        @property
        def control(self) -> TranscriptCore:
            """The transcript it happened in."""
            return self.transcript

    def action_step(self, direction: int) -> None:
        """Go to the next step or the one before."""
        items = self.view.items
        if not items.n_steps:
            return
        at = self.step
        on_it = items.step(self.cursor) == at
        self.go_to_step(at + direction if direction > 0 or on_it else at)

    def action_go_start(self) -> None:
        """Go to the very first row, and put the cursor there."""
        super().action_go_start()
        self.cursor = 0

    def action_go_end(self) -> None:
        """Go to the very last row, and put the cursor there."""
        super().action_go_end()
        self.cursor = max(0, len(self.view.items) - 1)

    def find_mark(self, mark: int, direction: int) -> int | None:
        """The next (or previous) item with a mark."""
        return self.marks.find(mark, self.cursor, direction)

    def go_to_mark(self, place: int) -> None:
        """Put the cursor on an item that was found."""
        self.go_to_item(place)

    def action_show(self, what: str) -> None:
        """Show or hide reasoning, outputs, the system prompt, or what was cut for the model."""
        setattr(self.view, what, not getattr(self.view, what))
        self.changed()
        if what == "whole" and self.search is not None:
            self.start_search(self.search.pattern.pattern)

    def _folded(self, item: int) -> list[Part]:
        parts: list[Part] = [row.folds for row in self.layouts.rows(item) if row.folds is not None]  # type: ignore[misc]
        return list(dict.fromkeys(part for part in parts if part[1] != CHILD))

    def action_fold(self) -> None:
        """Show more of what is folded in this step; when all is shown, fold it again."""
        if self.cursor >= self.layouts.count:
            return
        parts = self._folded(self.cursor)
        more = [part for part in parts if self.view.can_more(part)]
        if more:
            self.view.more(more)
        elif not self.view.less(self.view.items.messages(self.cursor)):
            return
        self.changed(self.cursor)

    def action_open(self) -> None:
        """Unfold the step the first time, then have it opened."""
        if self.cursor < self.layouts.count:
            fresh = [part for part in self._folded(self.cursor) if not self.view.levels.get(part)]
            if fresh:
                self.view.more(fresh)
                self.changed(self.cursor)
            elif self.view.items.n_steps:
                # Before the first step there are only the prompts; Enter is to do something there too.
                self.post_message(self.StepSelected(self, max(1, self.step)))

    def action_copy(self) -> None:
        """Copy all texts of the step, or of the message, as they are."""
        if self.cursor < len(self.view.items):
            messages = [self.view.messages[i] for i in self.view.items.messages(self.cursor)]
            found = [text for message in messages for name, text in texts(message) if text and "title" not in name]
            copy(self, "\n".join(found), "this step")

    def on_click(self, event: events.Click) -> None:
        """Unfold what was clicked, else put the cursor on the step; a double click opens it."""
        place = self.position_at(event.y)
        if event.y == self.size.height - 1 and self._unseen and not self.follow:
            self.action_go_end()
        elif place is not None and place[0] < len(self.view.items) and event.x < self.size.width - 1:
            part = self.layouts.rows(place[0])[place[1]].folds
            if part is not None and part[1] == CHILD:  # type: ignore[index]
                self.cursor = place[0]
                self.post_message(self.ChildSelected(self))
                return
            if part is not None:
                self.view.more([part])  # type: ignore[list-item]
                self.changed(place[0])
                return
            self.cursor = place[0]
            if event.chain == 2 and self.step:
                self.post_message(self.StepSelected(self, self.step))
