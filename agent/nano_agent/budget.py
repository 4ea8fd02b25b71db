"""What a run may still spend; every limit is exact."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from nano_agent.trajectory import Usage

if TYPE_CHECKING:
    from nano_agent.scaffolds import Limits

FEW_CALLS = 5
FEW_TOKENS = 3000
LAST_TOKENS = 1500
LEAST_TOKENS = 600
"""With fewer tokens left than this, no further reply is asked for."""


class RunEnds(Exception):
    """The run is over: why, in a word and in a sentence."""

    def __init__(self, exit_status: str, reason: str, answer: str = "") -> None:
        super().__init__(reason)
        self.exit_status = exit_status
        self.reason = reason
        self.answer = answer
        """What the model said or submitted in the end, where it did."""


LIMITED = ("tool_limit", "token_limit", "time_limit", "step_limit", "cost_limit")
"""How a run ends that has used up what it might spend."""


class Budget:
    """Counts calls, tokens, replies, seconds and dollars against the limits."""

    def __init__(self, limits: Limits, attempts_per_call: int | None = None) -> None:
        self.limits = limits
        self._attempts_per_call = attempts_per_call
        self.calls = 0
        self.steps = 0
        """Replies in the history."""
        self.taken_over = 0
        """Those of them that another run has made: they have numbers, and count against no limit."""
        self.tokens = 0
        """Tokens of the history as it is now: exact after a reply with usage, estimated for what came since."""
        self.cost = 0.0
        """Dollars, as far as they are known."""
        self.started = time.monotonic()
        self.paused = 0.0
        """Seconds that do not count: a person was waited for."""
        self._earlier_calls = 0
        self._earlier_steps = 0

    @property
    def deadline(self) -> float | None:
        """`time.monotonic()` at which the time is over."""
        return None if self.limits.time_limit is None else self.started + self.paused + self.limits.time_limit

    @property
    def time_is_over(self) -> bool:
        """Whether the deadline has passed."""
        return self.deadline is not None and time.monotonic() >= self.deadline

    def take_over(self, steps: int) -> None:
        """Begin with the replies of another run."""
        self.taken_over = self.steps = steps

    def begin_task(self) -> None:
        """A new task begins: calls, replies and time are counted from here; tokens and dollars go on."""
        self._earlier_calls, self._earlier_steps = self.calls, self.steps
        self.started, self.paused = time.monotonic(), 0.0

    @property
    def replies(self) -> int:
        """Replies of this run for the task at hand."""
        return self.steps - max(self.taken_over, self._earlier_steps)

    def pause(self, seconds: float) -> None:
        """Take out of the run's time what was spent waiting for a person."""
        self.paused += seconds

    @property
    def calls_left(self) -> int | None:
        """Tool calls that may still be made."""
        return None if self.limits.tool_limit is None else self.limits.tool_limit - (self.calls - self._earlier_calls)

    @property
    def attempts(self) -> int | None:
        """Replies that may be asked for, malformed ones included; `None` is no limit.

        So many for each call, but a few more where the calls are few.
        """
        calls, per_call = self.limits.tool_limit, self._attempts_per_call
        return None if calls is None or per_call is None else max(per_call * calls, calls + 4)

    @property
    def tokens_left(self) -> int | None:
        """Tokens the history may still grow by."""
        return None if self.limits.token_limit is None else self.limits.token_limit - self.tokens

    @property
    def max_tokens(self) -> int:
        """How long the next reply may be: half of what is left beyond a reserve of a tenth, 256 at the least."""
        if self.tokens_left is None or self.limits.token_limit is None:
            return self.limits.response_limit
        half = (self.tokens_left - self.limits.token_limit // 10) // 2
        return max(256, min(self.limits.response_limit, half))

    def spend_reply(self, usage: Usage, estimate: int) -> None:
        """Account for a reply; `estimate` is its length in tokens for providers that report no usage."""
        self.steps += 1
        if usage.prompt_tokens is not None and usage.completion_tokens is not None:
            self.tokens = usage.prompt_tokens + usage.completion_tokens
        else:
            self.tokens += estimate
        self.cost += usage.cost_usd or 0.0

    def check(self) -> None:
        """Raise `RunEnds` when no further reply may be asked for."""
        limits, left = self.limits, self.tokens_left
        self.check_time()
        self.check_calls()
        if left is not None and left < LEAST_TOKENS:
            raise RunEnds("token_limit", f"{max(left, 0)} of {limits.token_limit} tokens were left")
        if limits.step_limit is not None and self.replies >= limits.step_limit:
            raise RunEnds("step_limit", f"the model has replied {limits.step_limit} times")
        if self.attempts is not None and self.replies >= self.attempts:
            raise RunEnds("format_errors", f"{self.replies} replies, too many of them malformed, led to no answer")
        if limits.cost_limit is not None and self.cost >= limits.cost_limit:
            raise RunEnds("cost_limit", f"${self.cost:.4f} of ${limits.cost_limit:g} were spent")

    def check_calls(self) -> None:
        """Raise `RunEnds` when no call may be made any more."""
        if self.calls_left is not None and self.calls_left <= 0:
            raise RunEnds("tool_limit", f"all {self.limits.tool_limit} tool calls were used")

    def check_act(self) -> None:
        """Raise `RunEnds` when no action may be run now."""
        self.check_time()
        self.check_calls()

    def check_time(self) -> None:
        """Raise `RunEnds` when the time is over."""
        if self.time_is_over:
            raise self.out_of_time()

    def out_of_time(self) -> RunEnds:
        """The end of a run whose time is over."""
        return RunEnds("time_limit", f"the {self.limits.time_limit:g} seconds for the run are over")
