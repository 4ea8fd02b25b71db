"""Forks: what a new run takes over from the one it branches off."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from nano_agent.checks import CannotStart
from nano_agent.events import Redoing
from nano_agent.past import NoPast, Past, Record, read_past, tree_after
from nano_agent.reuse import changed_limits, spec_of
from nano_agent.spec import RunSpec
from nano_agent.workspace import Repository

_SIGNED = ("thinking_blocks", "reasoning_details", "provider_specific_fields")
"""What only the model that wrote it can read again."""


@dataclass
class Heritage:
    """What a fork begins with."""

    messages: list[Record]
    step: int
    """How many replies are in it."""
    tree: str | None
    """The files to begin with; `None`: those of the base commit."""
    base_tree: str | None
    """What the final diff is made against."""
    base_commit: str
    store: Path | None
    """Where the objects of these trees are."""
    events: list[Record] = field(default_factory=list)
    """What is known of the messages and of the work trees after the steps, to be written down again."""
    origin: Record = field(default_factory=dict)
    """`forked_from` in the metadata."""
    outputs: Path | None = None
    """The folder that the outputs which events name are in."""
    redo: Callable[[Repository, Callable[[], bool], Callable[[Redoing], None]], list[str]] | None = None
    """Makes the run's edits again in a work tree with the files of `tree`, until it is told to stop; says what takes
    long, and returns what is not exact. The system prompt is not among the messages then."""
    foresee: Callable[[], list[str]] = list
    """What `redo` would return, without a change to any file."""
    notes: list[str] = field(default_factory=list)
    """What is not exactly as it was, a sentence each."""


def fork_spec(path: Path, step: int, limits: Sequence[str] = (), last: str | None = None, **changes: Any) -> RunSpec:
    """The run that branches off one of ours after a step (0: before its first reply), set up as that one was.

    `limits` are like `tool_limit=50` or `tool_limit=+20`; `last` is a new text for the last message that is taken over;
    `changes` are fields of `RunSpec`, those that are `None` are as before. Raises `CannotStart`.
    """
    try:
        past = read_past(path)
        past.cut(step)
    except NoPast as error:
        raise CannotStart("fork_of", f"{error}.") from error
    fork_of: dict[str, Any] = {"run": str(past.folder.absolute()), "step": step}
    if last is not None:
        fork_of["last"] = last
    spec = spec_of(past)
    if changes.get("scaffold"):
        # Limits belong to the recipe; those of another one are in force with it.
        spec = replace(spec, recipe=None, config=(), limits={}, sandbox=None)
    given = {key: value for key, value in changes.items() if value is not None}
    limited = changed_limits(spec.limits, limits)
    spec = replace(spec, fork_of=fork_of, limits=limited, worktree=True, allow_dirty=True, **given)
    return replace(spec, task=last) if step == 0 and last is not None else spec


def last_text(path: Path, step: int) -> str:
    """The text of the last message that a fork after this step takes over; raises `CannotStart`."""
    try:
        past = read_past(path)
        message = past.messages[: past.cut(step)][-1:]
    except NoPast as error:
        raise CannotStart("fork_of", f"{error}.") from error
    content = message[0].get("content") if message else None
    if not isinstance(content, str):
        raise CannotStart("fork_of", "There is no text before this step that could be edited.")
    return content


def inherit(spec: RunSpec) -> Heritage:
    """What the fork that `spec` asks for takes over; raises `CannotStart`."""
    wanted: Mapping[str, Any] = spec.fork_of or {}
    if "commit" in wanted:
        from nano_agent.foreign_fork import inherit_foreign

        heritage = inherit_foreign(spec)
    else:
        heritage = _of_ours(spec, wanted)
    if (last := wanted.get("last")) is not None:
        _edit_last(heritage, str(last))
    heritage.origin["messages"] = len(heritage.messages)
    last_message = heritage.messages[-1] if heritage.messages else {}
    if last_message.get("role") == "assistant" and not spec.say:
        raise CannotStart(
            "say", f"Step {heritage.step} is a reply that asks for nothing; say what comes next with --say."
        )
    return heritage


def foreseen(spec: RunSpec) -> list[str]:
    """What will not be exactly as it was in the fork that `spec` asks for, a sentence each; raises `CannotStart`."""
    # Whether there is something to say is for the moment at which it is started.
    heritage = inherit(replace(spec, say=spec.say or "-"))
    return [*heritage.notes, *heritage.foresee()]


def _of_ours(spec: RunSpec, wanted: Mapping[str, Any]) -> Heritage:
    try:
        past = read_past(Path(str(wanted.get("run"))))
        heritage = _from_ours(past, int(wanted.get("step", 0)))
    except NoPast as error:
        raise CannotStart("fork_of", f"{error}.") from error
    _adapt(heritage, past, spec)
    return heritage


def _from_ours(past: Past, step: int) -> Heritage:
    cut = past.cut(step)
    commit, base = past.metadata.get("base_commit"), past.metadata.get("base_tree")
    if not isinstance(commit, str) or not isinstance(base, str):
        raise NoPast(f"{past.folder.name} ended before its work tree was recorded, so there is nothing to fork from")
    heritage = Heritage(
        messages=[*past.messages[:cut]],
        step=step,
        tree=tree_after(past, step) or base,
        base_tree=base,
        base_commit=commit,
        store=past.folder / "checkpoints.git",
        outputs=past.folder,
        origin={"run": past.metadata.get("run_id") or past.folder.name, "step": step, "path": str(past.folder)},
    )
    heritage.messages += [call.answer() for call in past.open_calls(cut)]
    if not past.is_complete(step):
        heritage.notes.append(
            f"the run that this one was forked from ended within step {step}: the files are as they were before it"
        )
    heritage.events = list(_inherited(past, cut, step))
    return heritage


def _inherited(past: Past, cut: int, step: int) -> Iterator[Record]:
    """The events about what is taken over, marked as such."""
    for event in (*past.facts(cut), *past.checkpoint_events(step).values()):
        yield {**event, "inherited": True}


def _adapt(heritage: Heritage, past: Past, spec: RunSpec) -> None:
    """Make the history one that the fork's model and scaffold can go on with."""
    if spec.model != past.metadata.get("model"):
        heritage.origin["model"] = past.metadata.get("model")
        _drop_signatures(heritage)
    recipe = past.metadata.get("scaffold")
    before = recipe if isinstance(recipe, dict) else {}
    if spec.recipe is not None or spec.scaffold == before.get("name"):
        return
    from nano_agent.checks import check_scaffold

    scaffold = check_scaffold(spec)
    protocol = before.get("protocol")
    spoken = protocol.get("kind") if isinstance(protocol, dict) else protocol
    if scaffold.protocol.kind != spoken:
        raise CannotStart(
            "scaffold",
            f"The replies so far are in the protocol {spoken!r}, and {scaffold.name} reads {scaffold.protocol.kind!r}; "
            "choose a scaffold that reads the same.",
        )
    if heritage.messages and heritage.messages[0].get("role") == "system":
        heritage.messages[0] = {"role": "system", "content": scaffold.system}
        heritage.origin["system"] = f"that of the scaffold {scaffold.name}"


def _drop_signatures(heritage: Heritage) -> None:
    """Signed reasoning is refused by every model but the one that wrote it."""
    dropped = 0
    for index, message in enumerate(heritage.messages):
        kept = {key: value for key, value in message.items() if key not in _SIGNED}
        if isinstance(calls := kept.get("tool_calls"), list):
            kept["tool_calls"] = [_unsigned(call) for call in calls]
        if kept != message:
            dropped += 1
            heritage.messages[index] = kept
    if dropped:
        heritage.origin["unsigned_messages"] = dropped
        heritage.notes.append(
            f"signed reasoning was taken out of {dropped} repl{'ies' if dropped > 1 else 'y'}: another model wrote it"
        )


def _unsigned(call: Any) -> Any:
    return {key: value for key, value in call.items() if key not in _SIGNED} if isinstance(call, dict) else call


def _edit_last(heritage: Heritage, text: str) -> None:
    if not heritage.messages:
        raise CannotStart("fork_of", "There is no message before this step that could be edited.")
    heritage.messages[-1] = {**heritage.messages[-1], "content": text}
    heritage.origin["edited"] = len(heritage.messages) - 1
