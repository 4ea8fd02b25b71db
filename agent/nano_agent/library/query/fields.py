"""The fields that a query may name: what they mean, what they compare with, and where they are in the index."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

TOKENS = "(prompt_tokens + completion_tokens)"
STARTED = "coalesce(started_at, mtime_ns / 1e9)"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the query language."""

    name: str
    kind: str
    """`text`, `choice` (a word from a list), `content` (looked up in the trajectory itself), `age`, `moment`, or a kind
    of number: `count`, `seconds`, `bytes`, `dollars`, `ratio`."""
    sql: str
    """The SQL expression of its value in a row of `runs`; empty for choices and content."""
    help: str
    aliases: tuple[str, ...] = ()
    sortable: bool = True
    choices: tuple[str, ...] = ()

    @property
    def is_number(self) -> bool:
        """Whether it is compared as an amount."""
        return self.kind in ("count", "seconds", "bytes", "dollars", "ratio")


STATUSES: Mapping[str, tuple[str, ...]] = {
    "done": (
        *("done", "submitted", "success", "complete%", "finish%", "stop", "resolved"),
        # Of a model that had no more to say, and of an agent or a person that ended it.
        *("end_turn", "tool_use", "tool_calls", "no_tools_called", "agent", "agent_stop", "user_stop"),
    ),
    "limit": (
        "%limit%",
        "%exceeded%",
        "%exhausted%",
        "exit_cost",
        "exit_context",
        "max_%",
        "%(exit_cost)",
        "truncated",
        "length",
        "prompt_too_long",
    ),
    "error": ("error", "%error", "%exception", "%_error%", "fail%", "crash%"),
    "interrupted": ("interrupted", "%abort%", "cancel%", "killed", "userinterrupt%", "keyboardinterrupt"),
    "lost": ("lost",),
}
"""What a status word of ours means among the words that all writers use, as LIKE patterns."""

HAS: Mapping[str, str] = {
    "diff": "has_diff",
    "error": "has_error",
    "warnings": "n_warnings > 0",
    "reward": "reward IS NOT NULL",
    "cost": "cost_usd IS NOT NULL",
    "tokens": f"{TOKENS} IS NOT NULL",
    "model": "model IS NOT NULL",
    "status": "exit_status IS NOT NULL",
    "task": "task IS NOT NULL",
    "repo": "repo IS NOT NULL",
    "group": "group_name IS NOT NULL",
    "instance": "instance IS NOT NULL",
    "tools": "tools IS NOT NULL",
}
"""What `has:` may name, as SQL conditions."""

IS = ("live", "waiting", "ended", "done", "limit", "error", "interrupted", "lost", "estimated", "child")
"""What `is:` may name; some are statuses."""

_ALL = (
    Field("model", "text", "model", "the model's name"),
    Field("status", "text", "exit_status", "why the run ended: done, limit, error, tool_limit, ...", ("exit",)),
    Field("format", "text", "format", "who wrote it: nano-run, nano, mini_swe_agent, ...", ("scaffold",)),
    Field("tool", "text", "tools", "a tool that was called", ("tools",), sortable=False),
    Field("cmd", "content", "", "words in a command or another argument of a call", ("command",), sortable=False),
    Field("task", "text", "task", "words in the task"),
    Field("repo", "text", "repo", "the repository worked on"),
    Field("path", "text", "path", "the file or folder", ("file", "folder")),
    Field("group", "text", "group_name", "rollouts of the same task"),
    Field("instance", "text", "instance", "the benchmark's name for the task", ("id",)),
    Field("sample", "text", "sample", "which of several in one file"),
    Field("cost", "dollars", "cost_usd", "dollars: cost>0.1", ("price",)),
    Field("steps", "count", "n_steps", "steps: steps<5", ("step",)),
    Field("messages", "count", "n_messages", "messages of the history"),
    Field("replies", "count", "n_assistant", "replies of the model", ("assistant",)),
    Field("calls", "count", "n_tool_calls", "tool calls", ("tool_calls",)),
    Field("tokens", "count", TOKENS, "prompt and completion tokens: tokens>8k"),
    Field("prompt", "count", "prompt_tokens", "prompt tokens", ("prompt_tokens", "input")),
    Field("completion", "count", "completion_tokens", "completion tokens", ("completion_tokens", "output")),
    Field("cached", "count", "cached_tokens", "prompt tokens read from a cache", ("cached_tokens",)),
    Field("seconds", "seconds", "seconds", "how long it ran: seconds>5m", ("duration", "time")),
    Field("reward", "ratio", "reward", "reward: reward<0.2", ("score",)),
    Field("warnings", "count", "n_warnings", "how many things could not be read or are odd"),
    Field("size", "bytes", "size", "bytes on disk: size>10MB"),
    Field("age", "age", STARTED, "time since the start: age<2d"),
    Field("started", "moment", STARTED, "when it started: started>2026-11-01", ("date",)),
    Field("has", "choice", "", "something that it has", sortable=False, choices=tuple(HAS)),
    Field("is", "choice", "", "something that it is", sortable=False, choices=IS),
)

FIELDS: Mapping[str, Field] = {name: field for field in _ALL for name in (field.name, *field.aliases)}
"""Every field by its name and its other names."""


def nearest(word: str, words: tuple[str, ...]) -> str | None:
    """The word of a list that was probably meant."""
    from difflib import get_close_matches

    if len(word) < 3:
        return None
    close = get_close_matches(word.lower(), words, 1, 0.6)
    return close[0] if close else next((one for one in words if one.startswith(word.lower())), None)
