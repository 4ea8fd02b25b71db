from __future__ import annotations

import pytest

from nano_agent.library.kinds import kind_of


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *((word, "good") for word in ("done", "Submitted", "finished", "end_turn", "tool_calls", "user_stop", "agent")),
        *((word, "limit") for word in ("tool_limit", "LimitsExceeded", "max_turns_reached", "length", "exit_cost")),
        *((word, "bad") for word in ("RuntimeError", "error_during_execution", "aborted", "who knows")),
        (None, "unknown"),
    ],
)
def test_what_the_words_of_all_writers_mean(status: str | None, kind: str) -> None:
    assert kind_of(status, live=False) == kind
    assert kind_of(status, live=True) == "live"
