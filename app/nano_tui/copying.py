"""What goes to the clipboard, as it is in the record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nano_widgets.transcript.items import Items

if TYPE_CHECKING:
    from nano_agent.trajectory import Message, Trajectory


def step_as_text(trajectory: Trajectory, step: int, items: Items | None = None) -> str:
    """What a step (from 1) says, calls and gets back; before the first step, the task.

    `items` where the messages were cut into steps already.
    """
    if step < 1:
        return trajectory.task or ""
    items = items or Items(trajectory.messages)
    if step > items.n_steps:
        return ""
    found = items.as_step(step)
    indexes = (found.reply, *found.observations)
    return "\n\n".join(part for i in indexes for part in _parts(trajectory.messages[i]) if part)


def _parts(message: Message) -> list[str]:
    text = message.output if message.output is not None else message.text
    return [text, *(f"{call.name} {call.raw_arguments}" for call in message.tool_calls)]
