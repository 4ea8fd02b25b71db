"""The form for going on from a step of a run: what to say, by which model, how far, how often."""

from __future__ import annotations

from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Button, Input, Static

from nano_widgets.fields import Box, Field
from nano_widgets.text import content

_SAY_HINT = "Say something to the model (may be empty)"
_LIMITS_HINT = "as they are; or: tool_limit=+20 cost_limit=2"


@dataclass(frozen=True)
class GoOnValues:
    """What stands in the form, as it was typed."""

    say: str = ""
    model: str = ""
    limits: str = ""
    count: str = "1"


class GoOnForm(Vertical):
    """A message, a model, limits, and how many runs; the last line says what is wrong."""

    BINDINGS = [
        Binding("ctrl+r,f5", "submit", "Start", tooltip="Start it as the form says", id="goon.start"),
    ]
    DEFAULT_CSS = """
    GoOnForm {
        height: auto;
        .goon--row { height: 1; }
        .goon--label { width: 9; color: $foreground 60%; }
        #goon-say { height: 5; border: none; padding: 0 1; margin: 0 0 1 0; }
        #goon-say, Input { background: $boost; }
        Input { width: 1fr; }
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

    def __init__(self, values: GoOnValues, verb: str, *, new: bool, id: str | None = None) -> None:
        """`new`: a run of its own is started, for which a model and a number can be chosen."""
        super().__init__(id=id)
        self._new, self._verb, self._model = new, verb, values.model
        self.say = Box(values.say, id="goon-say", compact=True, placeholder=_SAY_HINT, highlight_cursor_line=False)
        self._inputs = {
            "model": Field(values.model, id="goon-model", compact=True),
            "limits": Field(values.limits, _LIMITS_HINT, id="goon-limits", compact=True),
            "count": Field(values.count, "1", id="goon-count", compact=True, type="integer", max_length=2),
        }
        self._note = Static("", id="goon-note", markup=False)

    def compose(self) -> ComposeResult:
        """The fields in the order in which they are thought of."""
        yield self.say
        labels = {"model": "model", "limits": "limits", "count": "runs"} if self._new else {"limits": "limits"}
        for name, label in labels.items():
            yield Horizontal(
                Static(label, classes="goon--label", markup=False), self._inputs[name], classes="goon--row"
            )
        with Horizontal(id="goon-end"):
            yield Button(self._verb, variant="primary", id="goon-start", compact=True)
            yield self._note

    @property
    def values(self) -> GoOnValues:
        """What stands in it now."""
        texts = {name: box.value.strip() for name, box in self._inputs.items()}
        return GoOnValues(self.say.text, texts["model"] or self._model, texts["limits"], texts["count"] or "1")

    def note(self, text: str) -> None:
        """Say what is wrong, or what goes on; may be foreign text."""
        self._note.update(content(text))

    @on(Button.Pressed, "#goon-start")
    @on(Input.Submitted)
    def action_submit(self) -> None:
        """Ask for it to be started."""
        self.post_message(self.Submitted(self, self.values))
