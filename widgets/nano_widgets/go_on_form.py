"""The form for going on from a step of a run: what to say, by which model and scaffold, on what, how far, how often."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Button, Input, Static

from nano_widgets.choice import Choice
from nano_widgets.fields import Box, Field
from nano_widgets.text import content

KEPT, EDITED = "as it was", "edited below"
NOT_RUN, RUN_AGAIN = "not run again", "run again, in the sandbox"
RESUME = ("limits",)
FORK = ("last", "scaffold", "model", "api_base", "limits", "count")
FOREIGN_FORK = ("repo", "commit", "commands", *FORK)
"""The fields that a form can have, beside what is said."""
_LABELS: Mapping[str, str] = {
    "repo": "repo",
    "commit": "commit",
    "commands": "commands",
    "last": "last msg",
    "scaffold": "scaffold",
    "model": "model",
    "api_base": "api base",
    "limits": "limits",
    "count": "runs",
}
_HINTS: Mapping[str, str] = {
    "repo": "the folder of its repository",
    "commit": "HEAD",
    "api_base": "the provider's own",
    "limits": "as they are; or: tool_limit=+20 cost_limit=2",
    "count": "1",
}
_SAY_HINT = "Say something to the model (may be empty)"


@dataclass(frozen=True)
class GoOnValues:
    """What stands in the form, as it was typed."""

    say: str = ""
    repo: str = ""
    commit: str = ""
    commands: str = NOT_RUN
    """Whether those of somebody else's run are run again to come to its files."""
    last: str | None = None
    """Another text for the last message that is taken over; `None` leaves it as it was."""
    scaffold: str = ""
    model: str = ""
    api_base: str = ""
    limits: str = ""
    count: str = "1"


class GoOnForm(Vertical):
    """What is said, the fields that were asked for, what will not be exact, and the button with what is wrong."""

    BINDINGS = [
        Binding("ctrl+r,f5", "submit", "Start", tooltip="Start it as the form says", id="goon.start"),
    ]
    DEFAULT_CSS = """
    GoOnForm {
        height: auto;
        .goon--row { height: 1; }
        .goon--label { width: 9; color: $foreground 60%; }
        #goon-say { height: 3; border: none; padding: 0 1; margin: 0 0 1 0; }
        #goon-last-text { height: 6; border: none; padding: 0 1; margin: 0 0 0 9; display: none; }
        #goon-say, #goon-last-text, Input { background: $boost; }
        Input { width: 1fr; }
        #goon-inexact { height: auto; margin: 1 0 0 0; color: $text-warning; display: none; }
        #goon-end { height: auto; margin: 1 0 0 0; }
        #goon-start { min-width: 10; }
        #goon-note { width: 1fr; height: auto; padding: 0 1; color: $text-error; }
    }
    """

    @dataclass
    class Submitted(Message):
        """It is to be started."""

        form: GoOnForm
        values: GoOnValues

        @property
        def control(self) -> GoOnForm:
            """The form."""
            return self.form

    @dataclass
    class Edited(Message):
        """Something in the form was changed."""

        form: GoOnForm

        @property
        def control(self) -> GoOnForm:
            """The form."""
            return self.form

    @dataclass
    class LastWanted(Message):
        """The last message is to be edited; it is given with `put_last`."""

        form: GoOnForm

        @property
        def control(self) -> GoOnForm:
            """The form."""
            return self.form

    def __init__(self, values: GoOnValues, verb: str, fields: Sequence[str], *, id: str | None = None) -> None:
        """`fields` are those to be filled in beside what is said; the others stay as they are in `values`."""
        super().__init__(id=id)
        self._given, self._verb, self._names = values, verb, fields
        self.say = Box(values.say, id="goon-say", compact=True, placeholder=_SAY_HINT, highlight_cursor_line=False)
        self._choices = {
            "commands": Choice((NOT_RUN, RUN_AGAIN), values.commands, id="goon-commands"),
            "last": Choice((KEPT, EDITED), KEPT, id="goon-last"),
            "scaffold": Choice((values.scaffold,), values.scaffold, id="goon-scaffold"),
        }
        self._inputs = {
            name: Field(getattr(values, name), _HINTS.get(name, ""), id=f"goon-{name}", compact=True)
            for name in _LABELS
            if name not in self._choices
        }
        self._last = Box("", id="goon-last-text", compact=True, highlight_cursor_line=False)
        self._last_was: str | None = None
        self._inexact = Static("", id="goon-inexact", markup=False)
        self._note = Static("", id="goon-note", markup=False)

    def compose(self) -> ComposeResult:
        """The fields in the order in which they are thought of."""
        yield self.say
        for name in self._names:
            field: Widget = self._choices.get(name) or self._inputs[name]
            yield Horizontal(Static(_LABELS[name], classes="goon--label", markup=False), field, classes="goon--row")
            if name == "last":
                yield self._last
        yield self._inexact
        with Horizontal(id="goon-end"):
            yield Button(self._verb, variant="primary", id="goon-start", compact=True)
            yield self._note

    @property
    def values(self) -> GoOnValues:
        """What stands in it now."""
        texts = {name: box.value.strip() for name, box in self._inputs.items()}
        edited = self._choices["last"].value == EDITED and self._last_was not in (None, self._last.text)
        return GoOnValues(
            say=self.say.text,
            repo=texts["repo"],
            commit=texts["commit"],
            commands=self._choices["commands"].value,
            last=self._last.text if edited else None,
            scaffold=self._choices["scaffold"].value,
            model=texts["model"] or self._given.model,
            api_base=texts["api_base"],
            limits=texts["limits"],
            count=texts["count"] or "1",
        )

    def offer(self, scaffolds: Sequence[str]) -> None:
        """Offer these scaffolds beside the one that it has."""
        own = self._given.scaffold
        self._choices["scaffold"].offer([*([] if own in scaffolds else [own]), *scaffolds])

    def put_last(self, text: str) -> None:
        """Give the last message to be edited."""
        self._last_was = self._last.text = text

    def keep_last(self) -> None:
        """The last message cannot be edited here."""
        self._choices["last"].choose(KEPT)

    def say_inexact(self, sentences: Sequence[str]) -> None:
        """Say what will not be as it was; may be foreign text."""
        self._inexact.update(content("\n".join(f"~ {sentence}" for sentence in sentences)))
        self._inexact.display = bool(sentences)

    def note(self, text: str) -> None:
        """Say what is wrong, or what goes on; may be foreign text."""
        self._note.update(content(text))
        if text and self.is_attached:
            self.call_after_refresh(self._note.scroll_visible, animate=False)

    @on(Input.Changed)
    @on(Choice.Changed)
    def _changed(self, event: Message) -> None:
        event.stop()
        if isinstance(event, Choice.Changed) and event.choice is self._choices["last"]:
            self._last.display = event.value == EDITED
            if self._last.display and self._last_was is None:
                self.post_message(self.LastWanted(self))
        self.post_message(self.Edited(self))

    @on(Button.Pressed, "#goon-start")
    @on(Input.Submitted)
    def action_submit(self) -> None:
        """Ask for it to be started."""
        self.post_message(self.Submitted(self, self.values))
