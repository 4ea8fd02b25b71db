"""Tokens of every message of a run, counted once, roughly, and added up as they come."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence

from nano_agent.trajectory import Message, Trajectory
from nano_widgets.request.sent import tools_sent, was_sent

_AT_A_TIME = 200


class Counts:
    """Estimates for one run. `extend` is for a thread; what it has counted so far may be read meanwhile."""

    def __init__(self, run: Trajectory) -> None:
        self._each = array("l")
        self._before = array("l", [0])
        self._sent = array("l", [0])
        self.tools: tuple[int, ...] | None = None
        """Tokens of each tool's schema; `None` until they are counted."""
        self._run = run

    def __len__(self) -> int:
        return len(self._each)

    def extend(self, messages: Sequence[Message], end: int, cancelled: Callable[[], bool]) -> bool:
        """Count what is not counted yet of the first `end` messages; whether all of it is counted now."""
        from nano_agent.models.tokens import estimate_message, estimate_tokens

        if self.tools is None:
            self.tools = tuple(estimate_tokens([tool]) for tool in tools_sent(self._run))
        while len(self._each) < end:
            if cancelled():
                return False
            for message in messages[len(self._each) : min(end, len(self._each) + _AT_A_TIME)]:
                sent = was_sent(message)
                tokens = estimate_message(message) if sent else 0
                self._sent.append(self._sent[-1] + sent)
                self._before.append(self._before[-1] + tokens)
                self._each.append(tokens)
        return True

    def of(self, message: int) -> int:
        """Tokens of a message."""
        return self._each[message]

    def between(self, first: int, end: int) -> int:
        """Tokens of the messages from one on to before another."""
        return self._before[end] - self._before[first]

    def sent_between(self, first: int, end: int) -> int:
        """How many messages from one on to before another go to the model."""
        return self._sent[end] - self._sent[first]
