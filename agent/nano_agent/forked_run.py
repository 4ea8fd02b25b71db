"""A run that begins where another one was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from nano_agent.budget import LEAST_TOKENS
from nano_agent.checks import CannotStart
from nano_agent.events import Event
from nano_agent.forking import Heritage, inherit
from nano_agent.history import without_surrogates
from nano_agent.models.replay import skipping
from nano_agent.models.tokens import estimate_tokens
from nano_agent.placing import Place, beside
from nano_agent.run import Run
from nano_agent.spec import RunSpec
from nano_agent.workspace import Checkpoints
from nano_agent.workspace.git import GitError
from nano_agent.workspace.store import take_file


class ForkedRun(Run):
    """A run with another one's history up to a step and its files as they were then, in a work tree of its own.

    Its calls, replies, seconds and dollars count from the fork on; its tokens are those of the whole history.
    """

    def __init__(self, spec: RunSpec, emit: Callable[[Event], None] = lambda _: None) -> None:
        super().__init__(spec, emit)
        self.heritage: Heritage = inherit(spec)
        self.budget.take_over(self.heritage.step)
        self._check_room()

    def _check_room(self) -> None:
        """A history that fills the token limit already would end the run before its first request."""
        limit = self.limits.token_limit
        taken = estimate_tokens([*self.heritage.messages, *self.tools])
        if limit is not None and limit - taken < LEAST_TOKENS:
            raise CannotStart(
                "limits",
                f"The history up to there is ~{taken:,} tokens long and the token limit is {limit:,}; raise it, for "
                f"example with --limit token_limit={taken + 8192}.",
            )

    def _find_place(self) -> Place:
        original = replace(self.repository, base_commit=self.heritage.base_commit)
        try:
            place = beside(original, self.folder, self.heritage.tree, self.heritage.store)
        except GitError as error:
            raise GitError(f"the files of step {self.heritage.step} cannot be restored: {error}") from error
        self.base_tree = self.heritage.base_tree or ""
        if self.heritage.redo is not None:
            try:
                self.heritage.notes += self.heritage.redo(place.repository, lambda: self.inbox.stopped, self.emit)
            except BaseException:
                place.leave(keep=False)
                raise
        return place

    def _describe(self) -> dict[str, Any]:
        return {**super()._describe(), "forked_from": self.heritage.origin}

    def _checkpoint_base(self) -> Checkpoints:
        for event in self.heritage.events:
            self._take_output(event)
            self.recorder.copy_event(event)
        checkpoints = super()._checkpoint_base()
        if self.heritage.redo is None and self.heritage.tree not in (None, checkpoints.tree):
            self.history.warn("the files are not byte for byte as they were, since git converts line ends here")
        for note in self.heritage.notes:
            self.history.warn(note)
        return checkpoints

    def _model_name(self) -> str:
        # A recording goes on where it was; another one is played from its start.
        return self.spec.model if "model" in self.heritage.origin else skipping(self.spec.model, self.heritage.step)

    def _take_output(self, event: dict[str, Any]) -> None:
        """Have an output of which the model saw a part also when the other run is deleted."""
        name = event.get("output")
        if isinstance(name, str) and self.heritage.outputs is not None:
            take_file(self.heritage.outputs / name, self.folder / name)

    def opening(self) -> list[dict[str, Any]]:
        """The history that is taken over, and what the person has to say."""
        said = [without_surrogates({"role": "user", "content": self.spec.say})] if self.spec.say else []
        system = super().opening()[:1] if self.heritage.redo is not None else []
        return [*system, *self.heritage.messages, *said]
