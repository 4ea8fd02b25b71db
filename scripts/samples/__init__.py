"""What the sample runs are: a repository, a task, the model's replies, and how each run must end."""

from samples.broken import INVALID_ARGUMENTS, KILLED, TIME_LIMIT, TOOL_LIMIT
from samples.scaffolds import (
    DELEGATION,
    MINI_CODING_AGENT,
    MINI_SWE_AGENT,
    MINI_SWE_AGENT_TEXT,
    NANO_CODE,
    NANO_CODEX,
    TINY,
)
from samples.scenario import Sample
from samples.working import FAILED_PATCH, FIX_OFF_BY_ONE, NUDGED, PARALLEL_CALLS

SAMPLES: dict[str, Sample] = {
    "fix-off-by-one": FIX_OFF_BY_ONE,
    "failed-patch": FAILED_PATCH,
    "parallel-calls": PARALLEL_CALLS,
    "nudged-after-retry": NUDGED,
    "tool-limit": TOOL_LIMIT,
    "time-limit": TIME_LIMIT,
    "invalid-arguments": INVALID_ARGUMENTS,
    "killed": KILLED,
    "nano-codex": NANO_CODEX,
    "nano-code": NANO_CODE,
    "mini-coding-agent": MINI_CODING_AGENT,
    "mini-swe-agent": MINI_SWE_AGENT,
    "mini-swe-agent-text": MINI_SWE_AGENT_TEXT,
    "delegation": DELEGATION,
    "tiny": TINY,
}

__all__ = ["SAMPLES", "Sample"]
