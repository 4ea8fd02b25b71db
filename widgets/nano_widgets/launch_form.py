"""The form for a new run: what is to be done, where, by which model, and how far it may go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from textual import on
from textual.app import ComposeResult
from textual.containers import Grid, Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.suggester import SuggestFromList
from textual.widget import Widget
from textual.widgets import Button, Input, Static, TextArea

from nano_widgets.choice import Choice
from nano_widgets.fields import Box, Field
from nano_widgets.text import content

SCAFFOLDS_OWN = "scaffold's own"
BEST = "best that works"
"""The sandbox that nobody chose."""
OPEN = ("local", "rbash")
"""Sandboxes that keep no command from the network."""
IMAGELESS = (BEST, "bubblewrap", *OPEN)
"""Sandboxes that are not made from an image."""
NETWORK = ("off", "on")
THINKING = ("model's own", "on", "off")
TREE = ("must be clean", "as it is")
APPROVAL = (SCAFFOLDS_OWN, "auto", "ask", "never", "human")
LIMITS: Mapping[str, str] = {
    "tool_limit": "calls",
    "token_limit": "tokens",
    "response_limit": "reply",
    "time_limit": "seconds",
    "step_limit": "steps",
    "cost_limit": "dollars",
}
"""Field of the limits -> its label."""
_LABELS: Mapping[str, str] = {
    "repo_root": "repo",
    "model": "model",
    "api_base": "api base",
    "scaffold": "scaffold",
    "sandbox": "sandbox",
    "image": "image",
    "network": "network",
    "approval": "approval",
    "thinking": "thinking",
    "tree": "work tree",
}
TASK_HINT, MODEL_HINT = "What is to be done?", "openai/gpt-4.1-mini"


@dataclass(frozen=True)
class LaunchValues:
    """What stands in the form, as it was typed."""

    task: str = ""
    repo_root: str = "."
    model: str = ""
    api_base: str = ""
    scaffold: str = "nano"
    sandbox: str = BEST
    image: str = ""
    """What a container is made from."""
    network: str = NETWORK[0]
    approval: str = SCAFFOLDS_OWN
    thinking: str = THINKING[0]
    tree: str = TREE[0]
    """Whether uncommitted changes are in the way or the base."""
    limits: Mapping[str, str] = field(default_factory=dict)
    """By the keys of `LIMITS`; an empty text leaves it to the scaffold."""
    count: str = "1"
    """How many runs of the task; several work beside the repository, each in a work tree of its own."""


class LaunchForm(Vertical):
    """Fields, a line below each for what is wrong with it, and the button that starts the run."""

    DEFAULT_CSS = """
    LaunchForm {
        height: 1fr;
        #fields { height: 1fr; padding: 0 1; scrollbar-size-vertical: 1; }
        .form--row { height: 1; }
        .form--label { width: 10; color: $foreground 60%; }
        #in-force { height: auto; padding: 0 0 0 2; color: $foreground 60%; }
        #in-force.-none { color: $text-warning; }
        .form--problem { display: none; color: $text-error; padding: 0 0 0 2; height: auto; }
        #task { height: 1fr; min-height: 4; max-height: 12; border: none; padding: 0 1; margin: 0 0 1 0; }
        #task, Input { background: $boost; }
        Input { width: 1fr; }
        #limits { grid-size: 2; grid-gutter: 0 2; height: auto; grid-rows: 1; margin: 1 0 0 0; }
        #limits .form--label { width: 8; }
        #buttons { height: auto; max-height: 4; padding: 0 1; margin: 1 0 0 0; }
        #run { min-width: 10; }
        #times { width: 3; text-align: center; color: $foreground 60%; }
        #count { width: 4; }
        #note { width: 1fr; padding: 0 1; color: $foreground 60%; height: auto; }
    }
    """

    @dataclass
    class Submitted(Message):
        """The run is to be started."""

        form: LaunchForm
        values: LaunchValues

        @property
        def control(self) -> LaunchForm:
            """The form."""
            return self.form

    @dataclass
    class Edited(Message):
        """Something in the form was changed."""

        form: LaunchForm

        @property
        def control(self) -> LaunchForm:
            """The form."""
            return self.form

    def __init__(
        self,
        values: LaunchValues,
        scaffolds: Sequence[str] = (),
        sandboxes: Sequence[str] = (),
        models: Sequence[str] = (),
        id: str | None = None,
    ) -> None:
        """`models` are offered while one is typed."""
        super().__init__(id=id)
        v = values
        self.task_field = Box(v.task, id="task", compact=True, placeholder=TASK_HINT, highlight_cursor_line=False)
        suggester = SuggestFromList(models, case_sensitive=False)
        self._inputs: dict[str, Field] = {
            "repo_root": Field(v.repo_root, id="repo_root", compact=True),
            "model": Field(v.model, MODEL_HINT, id="model", compact=True, suggester=suggester),
            "api_base": Field(v.api_base, "the provider's own", id="api_base", compact=True),
            "image": Field(v.image, "docker.io/library/python:3.11", id="image", compact=True),
            "count": Field(v.count, "1", id="count", compact=True, max_length=2),
            **{name: Field(v.limits.get(name, ""), id=name, compact=True) for name in LIMITS},
        }
        self._choices: dict[str, Choice] = {
            "scaffold": Choice(tuple(scaffolds) or (v.scaffold,), v.scaffold, id="scaffold"),
            "sandbox": Choice((BEST, *sandboxes), v.sandbox, id="sandbox"),
            "network": Choice(NETWORK, v.network, id="network"),
            "approval": Choice(APPROVAL, v.approval, id="approval"),
            "thinking": Choice(THINKING, v.thinking, id="thinking"),
            "tree": Choice(TREE, v.tree, id="tree"),
        }
        names = ("task", *_LABELS, "limits", "runs_dir", "count")
        self._run = Button(_run_label(v.count), variant="primary", id="run", compact=True)
        self._problems = {name: Static("", classes="form--problem", markup=False) for name in names}
        self._note = Static("", id="note", markup=False)
        self._in_force = Static("", id="in-force", markup=False)
        self._best = ""
        self._scaffold_limits: Mapping[str, Mapping[str, float | None]] = {}

    def compose(self) -> ComposeResult:
        """The fields in the order in which they are thought of."""
        with VerticalScroll(id="fields", can_focus=False):
            yield self.task_field
            yield self._problems["task"]
            for name, label in _LABELS.items():
                yield _row(label, self._inputs.get(name) or self._choices[name])
                yield self._problems[name]
                if name == "sandbox":
                    yield self._in_force
            yield Grid(*(_row(label, self._inputs[name]) for name, label in LIMITS.items()), id="limits")
            yield self._problems["limits"]
            yield self._problems["runs_dir"]
            yield self._problems["count"]
        with Horizontal(id="buttons"):
            yield self._run
            yield Static("×", id="times", markup=False)
            yield self._inputs["count"]
            yield self._note

    @property
    def values(self) -> LaunchValues:
        """What stands in the form now."""
        texts = {name: box.value.strip() for name, box in self._inputs.items()}
        return LaunchValues(
            task=self.task_field.text,
            repo_root=texts["repo_root"],
            model=texts["model"],
            api_base=texts["api_base"],
            scaffold=self._choices["scaffold"].value,
            sandbox=self._choices["sandbox"].value,
            image=texts["image"],
            network=self._choices["network"].value,
            approval=self._choices["approval"].value,
            thinking=self._choices["thinking"].value,
            tree=self._choices["tree"].value,
            limits={name: texts[name] for name in LIMITS if texts[name]},
            count=texts["count"] or "1",
        )

    def put(self, values: LaunchValues) -> None:
        """Put other values into the fields."""
        self.task_field.text = values.task
        for name, box in self._inputs.items():
            box.value = values.limits.get(name, "") if name in LIMITS else getattr(values, name)
        for name, choice in self._choices.items():
            choice.choose(getattr(values, name))

    def offer(self, scaffolds: Mapping[str, Mapping[str, float | None]], sandboxes: Sequence[str]) -> None:
        """Offer scaffolds, with their limits, and sandboxes."""
        self._scaffold_limits = scaffolds
        self._choices["scaffold"].offer(list(scaffolds))
        self._choices["sandbox"].offer([BEST, *sandboxes])
        self._hint_at_limits()

    def on_mount(self) -> None:
        """Show what belongs to the choice that was remembered."""
        self._fit_to_sandbox()

    def say_best(self, sandbox: str, warning: str | None) -> None:
        """Say which sandbox a run gets when nobody chooses, or why there is none."""
        self._best = f"{warning}." if warning else f"Commands will run in {sandbox}."
        self._in_force.set_class(warning is not None, "-none")
        self._fit_to_sandbox()

    def _fit_to_sandbox(self) -> None:
        """Show what belongs to the chosen sandbox: an image for a container, the network where it can be off."""
        chosen = self._choices["sandbox"].value
        self._in_force.update(content(self._best))
        self._in_force.display = chosen == BEST and bool(self._best)
        for name, shown in (("image", chosen not in IMAGELESS), ("network", chosen not in OPEN)):
            for row in self.query(".form--row").results(Horizontal):
                if row.children and row.children[-1].id == name:
                    row.display = shown

    def _hint_at_limits(self) -> None:
        """Where no limit is typed, show the scaffold's."""
        limits = self._scaffold_limits.get(self._choices["scaffold"].value)
        for name in LIMITS if limits is not None else ():
            value = limits.get(name) if limits else None
            self._inputs[name].placeholder = "none" if value is None else f"{value:g}"

    def show_problems(self, problems: Mapping[str, str]) -> None:
        """Say below each field what is wrong with it; fields that are not named are fine."""
        for name, label in self._problems.items():
            label.update(content(problems.get(name, "")))
            label.display = name in problems

    def note(self, text: str) -> None:
        """Say something beside the button; may be foreign text."""
        self._note.update(content(text))

    def focus_field(self, name: str) -> None:
        """Put the cursor into a field; into the first limit for the limits."""
        name = next(iter(LIMITS)) if name == "limits" else name
        chosen = self.task_field if name == "task" else self._inputs.get(name) or self._choices.get(name)
        if chosen is not None:
            chosen.focus()

    @on(Button.Pressed, "#run")
    def action_submit(self) -> None:
        """Ask for the run to be started."""
        self.post_message(self.Submitted(self, self.values))

    @on(TextArea.Changed)
    @on(Input.Changed)
    @on(Choice.Changed)
    def _edited(self, event: Message) -> None:
        event.stop()
        self._run.label = _run_label(self._inputs["count"].value)
        if isinstance(event, Choice.Changed):
            self._hint_at_limits()
            self._fit_to_sandbox()
        self.post_message(self.Edited(self))


def _run_label(count: str) -> str:
    return f"Run x {count}" if count.isdigit() and int(count) > 1 else "Run"


def _row(label: str, field: Widget) -> Widget:
    """A field with its label before it."""
    return Horizontal(Static(label, classes="form--label", markup=False), field, classes="form--row")
