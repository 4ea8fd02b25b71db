"""What became of a step, in a word and a sign: the outline, the map and the jumps are made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from nano_agent.trajectory import Message, Step, brief
from nano_widgets import calls
from nano_widgets.looks import runs_tests, says_red

OutcomeKind = Literal["error", "edit", "test", "red", "call", "reply", "open"]
GLYPHS: dict[OutcomeKind, str] = {
    "error": "!",
    "edit": "±",
    "test": "✓",
    "red": "✗",
    "call": "›",
    "reply": "·",
    "open": "…",
}
"""Each kind's own sign, so that none is told by its colour alone."""
INKS: dict[OutcomeKind, str] = {
    "error": "error",
    "edit": "edit",
    "test": "ok",
    "red": "error",
    "call": "muted",
    "reply": "muted",
    "open": "warning",
}
_FIRST_CHARACTERS = 400


@dataclass(frozen=True, slots=True)
class Outcome:
    """One step in a line."""

    kind: OutcomeKind
    """error: an action failed; edit: a file was changed; test: tests ran, and nothing says that any failed; red: tests
    ran and say that some failed, whatever the exit code; call: anything else was done; reply: words only; open: a call
    has no answer."""
    summary: str
    """What it did, as foreign text; the lines that were changed are said apart."""
    added: int = 0
    removed: int = 0
    exit_code: int | None = None
    """Of the last action that has one, of the first that failed if any did."""
    seconds: float | None = None
    """Of the reply and of the actions, as far as known."""
    edited: bool = False
    """A file was changed, whatever else happened."""


def failed(observation: Message) -> bool:
    """Whether an action failed: as the record says, else by its exit code."""
    if observation.failed is not None:
        return observation.failed
    return observation.exit_code not in (None, 0)


def outcome(messages: Sequence[Message], step: Step) -> Outcome:
    """What became of a step."""
    reply = brief(messages, step.reply)
    observations = [brief(messages, i) for i in step.observations]
    if reply.is_observation:
        observations.insert(0, reply)
    asked = [call for message in (reply, *step_callers(reply, observations)) for call in message.tool_calls]
    views = [calls.view(call) for call in asked]
    edits = [view for view in views if view.kind in ("edit", "write")]
    bad = [m for m in observations if failed(m)]
    codes = [m.exit_code for m in (bad or observations[::-1]) if m.exit_code is not None]
    known = [m.seconds for m in (reply, *(m for m in observations if m is not reply)) if m.seconds is not None]
    return Outcome(
        kind=_kind(views, observations, bool(bad) or any(view.broken for view in views), bool(edits)),
        summary=_summary(reply, views, observations),
        added=sum(view.added for view in edits),
        removed=sum(view.removed for view in edits),
        exit_code=codes[0] if codes else None,
        seconds=sum(known) if known else None,
        edited=bool(edits),
    )


def step_callers(reply: Message, observations: Sequence[Message]) -> list[Message]:
    """The observations that bring their own calls along, because the format keeps no reply."""
    return [message for message in observations if message is not reply and message.tool_calls]


def _kind(views: Sequence[calls.CallView], answers: Sequence[Message], bad: bool, edited: bool) -> OutcomeKind:
    if bad:
        return "error"
    if not views:
        return "call" if answers else "reply"
    if len(answers) < len(views):
        return "open"
    tested = any(view.kind == "command" and runs_tests(view.subject) for view in views)
    if tested and any(says_red(answer.text) for answer in answers):
        return "red"
    if edited:
        return "edit"
    return "test" if tested else "call"


def _summary(reply: Message, views: Sequence[calls.CallView], observations: Sequence[Message]) -> str:
    if views:
        return ", ".join(calls.summary(view, changes=False)[:_FIRST_CHARACTERS] for view in views)
    words = reply.text or reply.reasoning
    if words.strip():
        return words.strip()[:_FIRST_CHARACTERS]
    return " ".join(m.name or "result" for m in observations) or "an empty reply"
