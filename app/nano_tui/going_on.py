"""How to go on from a recorded run: from what is typed in the form to the runs to start. For threads, all of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from nano_agent.limit_words import samples_wanted
from nano_widgets.go_on_form import FOREIGN_FORK, FORK, RESUME, RUN_AGAIN, GoOnValues

if TYPE_CHECKING:
    from nano_agent.spec import RunSpec
    from nano_agent.trajectory import Trajectory

MOST_TEXT = 200_000
"""Characters of a message that can be edited in the app; a longer one is for an editor."""


class Plan(Protocol):
    """What a form is for."""

    @property
    def fields(self) -> Sequence[str]:
        """What is to be filled in, beside what is said."""

    def values(self) -> GoOnValues:
        """What the form begins with."""

    def specs(self, values: GoOnValues) -> Sequence[RunSpec]:
        """The runs to start; raises `CannotStart`."""

    def last(self) -> str:
        """The text of the last message that is taken over; raises `CannotStart`."""

    def inexact(self, values: GoOnValues) -> Sequence[str]:
        """What will not be exactly as it was, a sentence each; raises `CannotStart`."""


@dataclass(frozen=True)
class Resume:
    """The run itself goes on."""

    run: Trajectory

    @property
    def fields(self) -> Sequence[str]:
        """All else is as it was."""
        return RESUME

    def values(self) -> GoOnValues:
        """For a run that ended on a limit: as much again of it."""
        limits, name = self.run.metadata.get("limits"), self.run.exit_status or ""
        limit = limits.get(name) if isinstance(limits, dict) else None
        more = f"{name}=+{limit:g}" if isinstance(limit, int | float) else ""
        return GoOnValues(limits=more, model=self.run.model or "", api_base=_word(self.run, "api_base"))

    def specs(self, values: GoOnValues) -> Sequence[RunSpec]:
        """See `Plan`."""
        from nano_agent.resuming import resume_spec

        return [resume_spec(self.run.path, values.say.strip() or None, values.limits.split())]

    def last(self) -> str:
        """Nothing of a run that goes on is changed."""
        return ""

    def inexact(self, values: GoOnValues) -> Sequence[str]:
        """It is the same run."""
        return ()


@dataclass(frozen=True)
class Fork:
    """A new run with the history up to a step."""

    run: Trajectory
    step: int

    @property
    def ours(self) -> bool:
        """Whether the files after every step were kept."""
        return self.run.format == "nano-run"

    @property
    def fields(self) -> Sequence[str]:
        """Of somebody else's run also what it was about."""
        return FORK if self.ours else FOREIGN_FORK

    def values(self) -> GoOnValues:
        """Set up as the run was, as far as it says so."""
        model = self.run.model or ""
        if self.ours:
            return GoOnValues(model=model, scaffold=_scaffold(self.run), api_base=_word(self.run, "api_base"))
        repo = self.run.repo if self.run.repo and Path(self.run.repo, ".git").exists() else "."
        commit = _word(self.run, "base_commit") or "HEAD"
        return GoOnValues(model=model, scaffold="nano", repo=repo, commit=commit)

    def specs(self, values: GoOnValues) -> Sequence[RunSpec]:
        """See `Plan`."""
        from nano_agent.checks import CannotStart
        from nano_agent.several import samples_of

        try:
            count = samples_wanted(values.count)
        except ValueError as error:
            raise CannotStart("count", str(error)) from error
        return samples_of(self._spec(values), count)

    def _spec(self, values: GoOnValues) -> RunSpec:
        from nano_agent.foreign_fork import foreign_fork_spec
        from nano_agent.forking import fork_spec

        before, limits = self.values(), values.limits.split()
        changes: dict[str, Any] = {"limits": limits, "last": values.last, "say": values.say.strip() or None}
        changes |= {"model": values.model or None}
        if not self.ours:
            changes |= {"scaffold": values.scaffold, "sample": self.run.sample, "api_base": values.api_base or None}
            changes["rerun_commands"] = values.commands == RUN_AGAIN
            repo = Path(values.repo or ".").expanduser()
            return foreign_fork_spec(self.run.path, self.step, repo, values.commit or "HEAD", **changes)
        changes["scaffold"] = values.scaffold if values.scaffold != before.scaffold else None
        spec = fork_spec(self.run.path, self.step, **changes)
        return replace(spec, api_base=values.api_base or None) if values.api_base != before.api_base else spec

    def last(self) -> str:
        """See `Plan`; longer ones than the app can edit are refused."""
        from nano_agent.checks import CannotStart
        from nano_agent.foreign_fork import foreign_last_text
        from nano_agent.forking import last_text

        path, step = self.run.path, self.step
        text = last_text(path, step) if self.ours else foreign_last_text(path, step, self.run.sample)
        if len(text) > MOST_TEXT:
            command = f"nano-tui fork {path} --step {step} --edit-last"
            raise CannotStart("last", f"It is {len(text):,} characters long; edit it with {command}.")
        return text

    def inexact(self, values: GoOnValues) -> Sequence[str]:
        """See `Plan`."""
        from nano_agent.forking import foreseen

        return foreseen(self._spec(values))


def _word(run: Trajectory, key: str) -> str:
    value = run.metadata.get(key)
    return value if isinstance(value, str) else ""


def _scaffold(run: Trajectory) -> str:
    recipe = run.metadata.get("scaffold")
    return str(recipe.get("name")) if isinstance(recipe, dict) else "nano"
