"""The small words in the margin: what a reply cost, how a command ended."""

from __future__ import annotations

from collections.abc import Iterable

from nano_agent.trajectory import Message
from nano_widgets import units
from nano_widgets.flow.row import Piece
from nano_widgets.outcomes import failed
from nano_widgets.safe import one_line


def reply_facts(message: Message) -> tuple[Piece, ...]:
    """Seconds, tokens and dollars of a reply, those that are known."""
    usage = message.usage
    words = list[str]()
    if message.seconds is not None:
        words.append(units.seconds(message.seconds))
    if usage is not None and (usage.prompt_tokens is not None or usage.completion_tokens is not None):
        words.append(f"{units.tokens(usage.prompt_tokens)}→{units.tokens(usage.completion_tokens)} tok")
    if usage is not None and usage.cost_usd is not None:
        words.append(units.dollars(usage.cost_usd, usage.cost_estimated))
    return tuple(_joined((word, "muted") for word in words))


def action_facts(observation: Message | None, answered: str = "no answer") -> tuple[Piece, ...]:
    """Seconds and exit code of an action; `answered` is said when there is no observation."""
    if observation is None:
        return ((f" {answered}", "note"),) if answered else ()
    words = list[Piece]()
    if observation.note and observation.child is None:
        words.append((one_line(observation.note, 30), "note"))
    if observation.seconds is not None:
        words.append((units.seconds(observation.seconds), "muted"))
    bad = failed(observation)
    if observation.exit_code is not None:
        words.append((f"{'✗' if bad else '✓'} exit {observation.exit_code}", "error" if bad else "ok"))
    elif observation.failed is not None:
        words.append(("✗ failed", "error") if bad else ("✓", "ok"))
    return tuple(_joined(words))


def _joined(words: Iterable[Piece]) -> Iterable[Piece]:
    for text, ink in words:
        yield f"  {text}", ink
