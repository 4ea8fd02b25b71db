"""A linear history cut into the items of a transcript: a step is one, and so is every message that is in none."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence

from nano_agent.trajectory import Message, Step, glances


class Items:
    """Which messages each item holds, and which step it is. Grows at the end; a hundred thousand steps take 50 ms.

    The steps are those of `nano_agent.trajectory.steps_of`. An item holds messages that follow each other: an
    observation that comes after another message than its reply makes an item of its own with the same step's number.
    """

    def __init__(self, messages: Sequence[Message] = ()) -> None:
        self._starts = array("l")
        self._numbers = array("l")
        self._first_of_step = array("l")
        self.n_messages = 0
        self._open = False
        self.extend(messages)

    def __len__(self) -> int:
        return len(self._starts)

    @property
    def n_steps(self) -> int:
        """How many steps there are."""
        return len(self._first_of_step)

    def extend(self, messages: Iterable[Message]) -> None:
        """Take in messages that were added to the history."""
        i = self.n_messages
        for message in glances(messages):
            observation = message.role == "tool" or message.answers
            if message.role == "assistant" or (observation and (message.tool_calls or not self._first_of_step)):
                self._first_of_step.append(len(self._starts))
                self._begin(i, len(self._first_of_step))
                self._open = True
            elif not observation:
                self._begin(i, 0)
                self._open = False
            elif not self._open:
                self._begin(i, len(self._first_of_step))
                self._open = True
            i += 1
        self.n_messages = i

    def grow(self, messages: Sequence[Message]) -> None:
        """Take in what is new at the end of the whole history."""
        self.extend(glances(messages, self.n_messages))

    def _begin(self, message: int, step: int) -> None:
        self._starts.append(message)
        self._numbers.append(step)

    def step(self, item: int) -> int:
        """The number of the step that an item is, from 1; 0 for a message that is in no step."""
        return self._numbers[item]

    def messages(self, item: int) -> range:
        """The indexes of an item's messages."""
        end = self._starts[item + 1] if item + 1 < len(self._starts) else self.n_messages
        return range(self._starts[item], end)

    def of_step(self, step: int) -> int:
        """The first item of a step; the nearest step's when there is no such step, 0 when there is none at all."""
        if not self._first_of_step:
            return 0
        return self._first_of_step[max(1, min(step, len(self._first_of_step))) - 1]

    def as_step(self, step: int) -> Step:
        """A step as the trajectory has it, from 1 on."""
        item = self.of_step(step)
        indexes = list(self.messages(item))
        while item + 1 < len(self._starts) and self.step_at(item + 1) == step:
            item += 1
            if self._numbers[item] == step:
                indexes += self.messages(item)
        return Step(step, indexes[0], tuple(indexes[1:]))

    def of_message(self, message: int) -> int:
        """The item that a message is in."""
        return max(0, bisect_right(self._starts, message) - 1)

    def step_at(self, item: int) -> int:
        """The step that an item is or comes after; 0 before the first."""
        if not self._starts:
            return 0
        item = max(0, min(item, len(self._starts) - 1))
        return bisect_right(self._first_of_step, item)
