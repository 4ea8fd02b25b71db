"""One history, several tasks: each is worked on to its end, and the next goes on from there in the same run folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from nano_agent.events import Event
from nano_agent.finishing import Outcome
from nano_agent.protocols import make_protocol
from nano_agent.resuming import past_of, resume_spec
from nano_agent.reuse import spec_of
from nano_agent.run import Run
from nano_agent.runs import make_run
from nano_agent.scaffolds import Scaffold
from nano_agent.spec import RunSpec
from nano_agent.tools import make_tools
from nano_agent.working_prompt import WorkingPrompt


class Session:
    """Turns what a person says, one thing after the other, into runs in one folder."""

    def __init__(
        self, spec: RunSpec, emit: Callable[[Event], None] = lambda _: None, folder: Path | None = None
    ) -> None:
        """`spec` without a task; `folder` is a run to go on with."""
        self.folder = folder
        self._spec = spec
        self._emit = emit

    def ready(self, text: str) -> Run:
        """The run that works on this; raises `CannotStart`, after which the session is as before."""
        return make_run(self._next(text), self._emit)

    def work(self, run: Run, begun: Callable[[Path], None] = lambda _: None) -> Outcome:
        """Run it to its end; raises `CannotStart`."""

        def kept(folder: Path) -> None:
            self.folder = folder
            begun(folder)

        return run.execute(kept)

    def reset(self) -> None:
        """Forget: the next task begins a new history in a folder of its own."""
        self.folder = None

    def memory(self) -> str:
        """What the model will remember at its next request."""
        return "Nothing yet." if self.folder is None else memory_of(self.folder)

    def _next(self, text: str) -> RunSpec:
        if self.folder is None:
            return replace(self._spec, task=text)
        spec = next_task(self.folder, text)
        given = {name: value for name, value in self._spec.limits.items() if value is not None}
        return replace(
            spec,
            limits={**spec.limits, **given},
            approval=self._spec.approval or spec.approval,
            client=self._spec.client,
        )


def memory_of(folder: Path) -> str:
    """What the model of the run in this folder will remember at its next request; raises `CannotStart`."""
    past = past_of(folder)
    scaffold = Scaffold.model_validate(past.metadata["scaffold"])
    if scaffold.sent.kind != "working":
        return f"The whole history is sent with every request: {len(past.messages)} messages."
    schemas = [tool.schema for tool in make_tools(scaffold.tools).values()]
    view = WorkingPrompt(scaffold.sent, make_protocol(scaffold, schemas))
    view.take(past.messages)
    return view.memory.text


def new_session(folder: Path, text: str) -> RunSpec:
    """How to begin a new session with a task, set up as the run in this folder was; raises `CannotStart`."""
    return replace(spec_of(past_of(folder)), task=text, allow_dirty=True)


def next_task(folder: Path, text: str) -> RunSpec:
    """How to go on with the run in this folder with a new task; raises `CannotStart`.

    Between two tasks the person may have changed files, which is what working together means.
    """
    return replace(resume_spec(folder, text, work_on="found"), new_task=True)
