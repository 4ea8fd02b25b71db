"""What a message is to somebody who jumps through a run: an error, an edit, a test, a person's word. A quick look."""

from __future__ import annotations

import re

from nano_agent.trajectory import Message
from nano_widgets import calls

USER, TEST, EDIT, ERROR = 1, 2, 4, 8
"""What a message is marked as, added up."""
_FIRST_CHARACTERS = 2000
_LAST_CHARACTERS = 3000
_PROGRAMS = r"""
    (?:\S*/)?(?:py\.?test|tox|nox|jest|vitest|mocha|rspec|ctest|phpunit|runtests(?:\.py)?)(?![\w.=/-])
  | unittest(?![\w.=/])
  | (?:npm|yarn|pnpm|go|cargo|mvn|gradle|\./gradlew|dotnet|make|bazel|deno|bun|mix|swift|zig)\s+
    (?:-\S+\s+)*(?:run\s+)?(?:test|check)\b
  | (?:\S*/)?python[\d.]*\s+(?:\S*/)?(?:manage\.py\s+test|runtests\.py|setup\.py\s+test|test_\w+\.py|tests?/\S+\.py)\b
"""
_BEFORE = r"""
    (?:\w+=\S*|sudo|time|nice|exec|env|command|xvfb-run|then|do|else|!|npx|bundle\s+exec
      |timeout(?:\s+\S+){1,4}?
      |(?:uv|poetry|pdm|pipenv|hatch|rye|conda)\s+run(?:\s+-\S+){0,4}
      |(?:\S*/)?python[\d.]*(?:\s+-[a-zA-Z]\S*){0,3}?\s+-m
      |coverage\s+run(?:\s+-\S+){0,3}?(?:\s+-m)?)\s+
"""
# A program counts where a command begins: behind `cd x &&` or a `;`, on a line of its own, whatever it is piped into.
_TEST = re.compile(rf"(?:^|[;&|(\n`])[ \t]*(?:{_BEFORE}){{0,6}}(?:{_PROGRAMS})", re.VERBOSE)
# What runners say at their end where tests failed, in words that hardly anything else says. A pipe into `tail` makes
# an exit code of 0 of any of it.
_RED = re.compile(
    r"""(?m)^(?:=+[ ].*\b[1-9]\d*[ ](?:failed|errors?)\b.*[ ]=+\s*$          # pytest
      |[1-9]\d*[ ](?:failed|errors?)(?:,[ ]\d+[ ]\w+)*[ ]in[ ][\d.]+m?s        # pytest -q
      |(?:FAILED|ERROR)[ ]\S+\.py(?:::\S+)?(?:\s|$)                           # its short summary
      |FAILED[ ]\((?:failures|errors)=[1-9]                                   # unittest
      |---[ ]FAIL:[ ]|FAIL\t                                                   # go
      |test[ ]result:[ ]FAILED                                                # cargo
      |Tests?:\s+(?:.*\b)?[1-9]\d*[ ]failed\b                                  # jest, vitest
      |\s+[1-9]\d*[ ]failing\b                                                # mocha
      |[1-9]\d*[ ]failed(?:,[ ]\d+[ ]\w+)*\s*$                                # its likes
      |\d+[ ]examples?,[ ][1-9]\d*[ ]failures?                                # rspec
      |\d+%[ ]tests[ ]passed,[ ][1-9]\d*[ ]tests[ ]failed)                    # ctest
    """,
    re.VERBOSE,
)


def runs_tests(command: str) -> bool:
    """Whether a command runs tests, as far as its beginning tells."""
    return _TEST.search(command[:_FIRST_CHARACTERS]) is not None


def says_red(output: str) -> bool:
    """Whether the output of a test run plainly says that tests failed."""
    return _RED.search(output[-_LAST_CHARACTERS:]) is not None


class Looker:
    """Looks at the messages of a history one after the other."""

    def __init__(self) -> None:
        self._tested = False

    def look(self, message: Message) -> int:
        """The marks of the next message. Costs some microseconds, however long it is."""
        found = 0
        if message.role == "tool" or message.answers:
            failed = message.failed if message.failed is not None else message.exit_code not in (None, 0)
            if failed or (self._tested and says_red(message.text)):
                found = ERROR
        elif message.role == "user":
            found = USER
        if message.tool_calls:
            self._tested = any(runs_tests(calls.command_of(call)) for call in message.tool_calls)
            if self._tested:
                found |= TEST
            if any(calls.changes_files(call) for call in message.tool_calls):
                found |= EDIT
        elif message.role == "assistant":
            self._tested = False
        return found
