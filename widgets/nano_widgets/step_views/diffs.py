"""What changed: in a step, since the start, against another step, in the whole run, against a gold patch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message as Event
from textual.widget import Widget

from nano_widgets import inspector_text as texts
from nano_widgets import syntax
from nano_widgets.diff_text import Diff, parse
from nano_widgets.diff_view import DiffView
from nano_widgets.step_views.base import Sight, StepView
from nano_widgets.tab_line import TabLine

if TYPE_CHECKING:
    from nano_agent.changes import Changes

SCOPES = ("step", "start", "mark", "final", "gold")
"""This step; from the start to it; between the marked step and it; the whole run; the run against a gold patch."""
_MOMENT = 0.15
"""Seconds for which what was shown before stays while the next is looked up."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A diff to show, and what stands above it."""

    diff: Diff
    title: str
    notes: tuple[str, ...] = ()
    nothing: str = "No changes."
    """What is said in place of a diff without lines and notes."""


class DiffPane(Vertical):
    """A diff below a line that says which one it is; a click there chooses another."""

    DEFAULT_CSS = "DiffPane > DiffView { height: 1fr; }"

    @dataclass
    class ScopeChosen(Event):
        """Another diff is to be shown."""

        pane: DiffPane
        scope: str
        """One of `SCOPES`."""

        @property
        def control(self) -> DiffPane:
            """The pane it happened in."""
            return self.pane

    def __init__(self) -> None:
        super().__init__()
        self.line = TabLine(())
        self.view = DiffView()

    def compose(self) -> ComposeResult:
        """The line and the diff."""
        yield self.line
        yield self.view

    def name_scopes(self, step: int, mark: int, current: str) -> None:
        """Say what there is to choose from, for a step and (where one is marked) another."""
        self.line.names = (
            f"step {step}",
            f"start → step {step}",
            f"step {mark} ↔ step {step}" if mark else "↔ mark a step",
            "final",
            "against gold",
        )
        self.line.current = SCOPES.index(current)

    @on(TabLine.Chosen)
    def _chosen(self, message: TabLine.Chosen) -> None:
        message.stop()
        self.post_message(self.ScopeChosen(self, SCOPES[message.index]))


class DiffSide(StepView):
    """Shows one of the diffs that have to do with a step."""

    def __init__(self) -> None:
        self.pane = DiffPane()
        super().__init__(self.pane)
        self.view = self.pane.view
        self.scope = "step"
        """One of `SCOPES`."""
        self.mark = 0
        """The step that others are compared with; 0 when none is marked."""
        self._sight: Sight | None = None
        self._arrived = True

    @property
    def target(self) -> Widget:
        """The diff."""
        return self.view

    def clear(self, notice: str) -> None:
        """Show nothing, and say why."""
        self._sight = None
        self.pane.line.names = ()
        self.view.show(None)
        self.view.notice = notice

    def choose(self, scope: str) -> None:
        """Show another diff."""
        self.scope = scope
        if self._sight is not None:
            self.show(self._sight)

    def show(self, sight: Sight) -> None:
        """Show the diff of the scope; it is looked up in a thread."""
        self._sight, self._arrived = sight, False
        self.pane.name_scopes(sight.number, self.mark, self.scope)
        # Not at once: of many steps that are passed in one go only the last is looked up.
        self.pane.call_later(self._begin, sight, self.scope, self.mark)

    def _begin(self, sight: Sight, scope: str, mark: int) -> None:
        if sight is self._sight and scope == self.scope:
            self.pane.set_timer(_MOMENT, self._say_that_it_takes_time)
            self.aside("diff", lambda: _looked_up(sight, scope, mark), lambda answer: self._put(sight, scope, answer))

    def _say_that_it_takes_time(self) -> None:
        if not self._arrived and self._sight is not None:
            self.view.show(None)
            self.view.notice = "Looking up what changed …"

    def _put(self, sight: Sight, scope: str, answer: Answer) -> None:
        if sight is self._sight and scope == self.scope:
            self._arrived = True
            self.view.show(answer.diff, answer.title, answer.notes)
            self.view.notice = answer.nothing


def _looked_up(sight: Sight, scope: str, mark: int) -> Answer:
    """The diff of a scope; reads the run and may run git."""
    from nano_agent.changes import changes_of

    syntax.load()
    changes, step = changes_of(sight.run), sight.number
    if scope == "final":
        final = changes.final()
        notes = (final.note,) if final.note else ()
        nothing = "The run changed nothing." if final.provenance != "none" else "No final diff is recorded."
        return Answer(parse(final.text), _title("final", final.provenance), notes if final.text else (), nothing)
    if scope == "gold":
        return _against_gold(sight, changes)
    if scope == "mark" and not mark:
        return Answer(parse(""), "", (), "Press M in another step to mark it; = then compares this step with it.")
    before = {"step": step - 1, "start": 0, "mark": mark}[scope]
    first, last = sorted((before, step))
    found = changes.diff(first, last)
    words = {"step": f"step {step}", "start": f"start → step {step}", "mark": f"step {first} ↔ step {last}"}[scope]
    if not found.text and scope == "step" and found.provenance != "exact":
        return _asked_for(sight, found.note)
    nothing = f"{words}: no changes. {found.note}" if found.provenance != "none" else found.note
    return Answer(parse(found.text), _title(words, found.provenance), _notes(found.note, found.text), nothing)


def _title(words: str, provenance: str) -> str:
    return f"{words} · {'as recorded' if provenance == 'submission' else provenance}"


def _notes(note: str, text: str) -> tuple[str, ...]:
    return (note,) if note and text else ()


def _asked_for(sight: Sight, note: str) -> Answer:
    """What the edits of a step ask for, where nothing is known of what they did."""
    asked = texts.step_diff(sight.messages, sight.step)
    if not asked:
        return Answer(parse(""), "", (), "This step asks for no change of a file. D shows the final diff.")
    said = "What came of these edits is not known, or they failed. o shows the answers."
    return Answer(parse(asked), f"step {sight.number} · asked for", (said,))


def _against_gold(sight: Sight, changes: Changes) -> Answer:
    from nano_agent.changes.gold import against_gold, gold_of

    gold = gold_of(sight.run)
    if gold is None:
        where = "A file gold.diff beside the run is taken for one."
        return Answer(parse(""), "", (), f"No gold patch comes with this run. {where}")
    found = against_gold(changes, gold)
    words = {"same": "same result", "differs": "different results", "ours": "only in the run", "gold": "only in gold"}
    lines = tuple(f"{words[file.relation]}: {file.path}" for file in found.files)
    about = f"{gold.source}: {found.summary}. {found.diff.note}"
    return Answer(parse(found.diff.text), "against gold", (about, *lines))
