"""A run that another process has left, gone on with in its own folder."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from nano_agent.budget import RunEnds
from nano_agent.checks import CannotStart
from nano_agent.events import Event, ToolEnded
from nano_agent.finishing import Outcome
from nano_agent.history import without_surrogates
from nano_agent.models.replay import skipping
from nano_agent.models.tokens import estimate_tokens
from nano_agent.past import tree_after
from nano_agent.placing import Place, back, beside, in_place
from nano_agent.record.clock import stamp
from nano_agent.record.messages import usage_in
from nano_agent.record.repair import lock_folder, repair
from nano_agent.resuming import differing, must_be_over, past_of, totals_of
from nano_agent.run import Run
from nano_agent.run_metadata import this_process
from nano_agent.spec import RunSpec
from nano_agent.toolbox import Toolbox
from nano_agent.workspace import Checkpoints

GOES_ON = "[The run was interrupted after this reply; nothing that it asks for has been answered. Go on.]"


class ResumedRun(Run):
    """The same run: its folder is appended to, its counts and its limits are those of the whole."""

    def __init__(self, spec: RunSpec, emit: Callable[[Event], None] = lambda _: None) -> None:
        super().__init__(spec, emit)
        folder = Path(spec.resume or "")
        self.id = folder.name
        self.move_to(folder.parent)
        self.past = past_of(folder)
        must_be_over(self.past)

    @property
    def task(self) -> str:
        """What was said, where that is a new task."""
        return self.spec.say or "" if self.spec.new_task else self.spec.task

    @property
    def _fork(self) -> dict[str, Any]:
        """What the metadata says of the run that this one was forked from."""
        found = self.past.metadata.get("forked_from")
        return found if isinstance(found, dict) else {}

    def _find_place(self) -> Place:
        """Be the only one, look again, and find the files as they were left."""
        try:
            self._lock = lock_folder(self.folder)
            self._torn = {file.name: repair(file) for file in self._lined_files() if file.exists()}
        except OSError as error:
            raise CannotStart("resume", f"{self.folder}: {error.strerror or error}.") from error
        place: Place | None = None
        try:
            self.past = past_of(self.folder)
            must_be_over(self.past)
            self._restore_counts()
            place = self._their_place()
            self._check_files(place)
        except BaseException:
            if place is not None:
                place.let_go()
            os.close(self._lock)
            raise
        return place

    def _lined_files(self) -> tuple[Path, Path]:
        return self.recorder.files.messages, self.recorder.files.events

    def _restore_counts(self) -> None:
        """Spent is spent: raises `CannotStart` when a limit is reached already."""
        if len(self.past.messages) < int(self._fork.get("messages", 0)):
            raise CannotStart("resume", "It ended before it had taken over the history it was forked with; fork again.")
        past, budget, totals = self.past, self.budget, totals_of(self.past)
        budget.take_over(int(self._fork.get("step", 0)))
        budget.steps = totals["steps"]
        budget.calls = totals["tool_calls"] + self._reminders()
        budget.cost = totals["cost_usd"] or 0.0
        budget.tokens = estimate_tokens([*past.messages, *self.tools])
        budget.started = time.monotonic() - past.active_seconds()
        self.started = time.time() - past.active_seconds()
        if self.spec.new_task:
            budget.begin_task()
        try:
            budget.check()
        except RunEnds as end:
            raise CannotStart(
                "limits", f"It would end at once: {end.reason}. Raise the limit: --limit {end.exit_status}=+N."
            ) from end

    def _reminders(self) -> int:
        """How often the model was reminded that nothing has changed, which costs a call each time."""
        if self.scaffold.done.kind != "changed":
            return 0
        said = [m.get("content") for m in self.past.messages[2:] if m.get("role") == "user"]
        return sum(isinstance(text, str) and text.startswith(self.scaffold.wording.nudge) for text in said)

    def _their_place(self) -> Place:
        """The person's checkout, or the run's own work tree: the old one where it is still there."""
        base = str(self.past.metadata.get("base_commit") or self.repository.base_commit)
        original = replace(self.repository, base_commit=base)
        self.base_tree = str(self.past.metadata.get("base_tree") or "")
        tree, restored = tree_after(self.past, self.past.n_steps), self.spec.resume_with == "restored"
        if not (restored or self.past.metadata.get("worktree")):
            return in_place(original)
        if (place := back(original, self.folder)) is not None:
            if not restored:
                return place
            place.leave(keep=False)
        return beside(original, self.folder, tree, self.recorder.files.checkpoints)

    def _check_files(self, place: Place) -> None:
        """The files must be those of the last checkpoint, unless the person takes them as they are."""
        expected = tree_after(self.past, self.past.n_steps)
        store = self.recorder.files.checkpoints
        if expected is None or self.spec.resume_with == "found":
            return
        checkpoints = Checkpoints(place.repository, store, self.runs)
        found = checkpoints.look()
        if found == expected:
            return
        step = self.past.n_steps
        cut_off = "" if self.past.is_complete(step) else f" Step {step} was cut off, so they may be its doing."
        raise CannotStart(
            "resume",
            f"Files in {place.repository.root} are not as the run left them: "
            f"{differing(checkpoints.names_between(expected, found))}.{cut_off} Go on from its last checkpoint in a "
            "work tree of its own (--restore), or with the files as they are (--as-it-is).",
        )

    def _give_up_place(self) -> None:
        self.place.let_go()
        os.close(self._lock)

    def _begin(self) -> None:
        past = self.past
        last = past.last_sign()
        idle = max(0.0, time.time() - last) if last is not None else 0.0
        status = past.metadata.get("exit_status") or "lost"
        self.recorder.reopen(len(past.messages))
        for name, torn in self._torn.items():
            if torn:
                self.recorder.event("repaired", file=name, torn=torn.decode("utf-8", "replace"))
        totals = totals_of(past)
        self.recorder.event("resume", run=self.id, was=status, idle=round(idle, 3), limits=self._limits(), **totals)
        self._metadata = {**past.metadata, **self._describe()}
        earlier = past.metadata.get("resumed")
        resumed = {
            "at": stamp(),
            "was": status,
            "reason": past.metadata.get("exit_reason"),
            "messages": len(past.messages),
        }
        self._metadata["resumed"] = [*(earlier if isinstance(earlier, list) else ()), resumed]
        self.recorder.metadata(self._metadata)
        self.steering.pass_over({str(e.get("id")) for e in past.events if e.get("type") == "command"})

    def _limits(self) -> dict[str, Any]:
        return self.limits.model_dump()

    def _describe(self) -> dict[str, Any]:
        """What is different from now on; all else stays as it was at the start."""
        ended = {"ended_at": None, "exit_status": None, "exit_reason": None}
        worktree = {"worktree": str(self.repository.root)} if self.place.worktree else {}
        return {"limits": self._limits(), "process": this_process(), **ended, **worktree}

    def _open_history(self, toolbox: Toolbox) -> None:
        """Take the history up, answer what was left open, and say what the person has to say."""
        past = self.past
        facts = list(past.facts())
        usages = [usage_in(fact) for fact in facts if fact.get("type") == "reply"]
        calls = past.open_calls()
        answered = totals_of(past)["tool_calls"]
        self.history.take_up(past.messages, usages, [call.id for call in calls], answered, past.n_steps)
        toolbox.statistics.take_up(past.events)
        for call in calls:
            self.budget.calls += call.started
            ended = ToolEnded(call.id, call.name, 0.0, None, True, False)
            self.history.answer(ended, call.text, **({} if call.started else {"not_run": True}))
        for message in self.opening()[len(past.messages) :]:
            self.history.add(message)
        if self.history.messages[-1].get("role") == "assistant" and not self.spec.say:
            self.history.add({"role": "user", "content": GOES_ON})
        if self.spec.new_task:
            self.recorder.event("task", text=self.task)
            self.history.add(self.prompts().task(self.task))
        elif self.spec.say:
            self.history.add(without_surrogates({"role": "user", "content": self.spec.say}))

    def _model_name(self) -> str:
        other = self.past.n_steps - (self._fork.get("step", 0) if "model" in self._fork else 0)
        return skipping(self.spec.model, other)

    def _finish(self, end: RunEnds, checkpoints: Checkpoints | None) -> Outcome:
        try:
            return super()._finish(end, checkpoints)
        finally:
            os.close(self._lock)
