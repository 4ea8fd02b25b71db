"""Samples of the scaffolds other than nano, each with what is its own."""

import json

from samples.repositories import LEDGER, RANGES, SLUGS
from samples.scenario import Sample, patch, say, shell
from support.model_server import Call

FIXED = "pages.extend(range(int(first), int(last) + 1))"
BROKEN = "pages.extend(range(int(first), int(last)))"


def tool(name: str, **arguments: object) -> str:
    return f"<tool>{json.dumps({'name': name, 'args': arguments})}</tool>"


def bash(command: str) -> Call:
    return Call("bash", {"command": command})


def block(words: str, command: str) -> str:
    return f"{words}\n\n```mswea_bash_command\n{command}\n```"


NANO_CODEX = Sample(
    RANGES,
    'A range must have both ends: "1-3" is [1, 2, 3].',
    [
        say("", shell("grep -n 'range(' *.py")),
        say("The end is left out; one more closes it.", patch("ranges.py", BROKEN, FIXED)),
    ],
    "done",
    scaffold="nano-codex",
)

NANO_CODE = Sample(
    SLUGS,
    "Add a module `titles.py` with a function `initials(text)`: the first letter of each word, upper case. Test it.",
    [
        say("I look at how the other module is written and tested.", Call("shell", {"command": "ls && cat slugs.py"})),
        say(
            "A small module and its test.",
            Call(
                "write_file",
                {
                    "path": "titles.py",
                    "content": '"""Titles, made short."""\n\n\ndef initials(text):\n'
                    '    """The first letter of each word, upper case."""\n'
                    '    return "".join(word[0].upper() for word in text.split())\n',
                },
            ),
            Call(
                "write_file",
                {
                    "path": "test_titles.py",
                    "content": "import unittest\n\nfrom titles import initials\n\n\n"
                    "class Initials(unittest.TestCase):\n"
                    '    def test_words(self):\n        self.assertEqual(initials("read the manual"), "RTM")\n\n'
                    '    def test_nothing(self):\n        self.assertEqual(initials(""), "")\n',
                },
            ),
        ),
        say("Both files are written."),
        say("Not checked yet, so:", Call("shell", {"command": "python3 -m unittest -q test_titles 2>&1 | tail -n 5"})),
        say("GOAL_COMPLETE `initials` is in titles.py, and its two tests pass."),
    ],
    "done",
    scaffold="nano-code",
)

MINI_CODING_AGENT = Sample(
    RANGES,
    "Why is the last page of a range left out? Mend it.",
    [
        say(tool("search", pattern="range\\(")),
        say(tool("read_file", path="ranges.py", start=4)),
        say("The range is half-open.\n<tool>{name: patch_file}</tool>"),
        say(
            f'<tool name="patch_file" path="ranges.py"><old_text>{BROKEN}</old_text><new_text>{FIXED}</new_text></tool>'
        ),
        say(tool("run_shell", command="python3 -m unittest -q 2>&1 | tail -n 5")),
        say(
            "<final>`range(first, last)` stops before `last`. ranges.py now runs to `last + 1`; the tests pass.</final>"
        ),
    ],
    "done",
    scaffold="mini-coding-agent",
)

DELEGATION = Sample(
    LEDGER,
    "A line without an amount in the ledger must not end the program. Find out who reads it first.",
    [
        say(tool("delegate", task="Where are the lines of the ledger split, and what calls that?", max_steps=4)),
        say(tool("search", pattern="split\\(")),
        say(tool("read_file", path="ledger/read.py")),
        say(tool("search", pattern="read", path="ledger")),
        say("<final>ledger/read.py splits each line at its comma; the totals call it for every file.</final>"),
        say(tool("read_file", path="ledger/read.py", start=1, end=40)),
        say("<final>ledger/read.py unpacks two parts from each line; a line without a comma ends it there.</final>"),
    ],
    "done",
    scaffold="mini-coding-agent",
)

TINY = Sample(
    RANGES,
    "What does this code do?",
    [
        say(tool("list_files", path=".")),
        say(tool("read_file", path="ranges.py")),
        say("<final>It turns a text like 1-3,7 into a list of pages.</final>"),
    ],
    "done",
    scaffold="tiny",
)

MINI_SWE_AGENT = Sample(
    LEDGER,
    "Blank lines in the ledger must be skipped.",
    [
        say("I look at the reader and the data.", bash("cat ledger/read.py"), bash("cat -A data/march.csv | head")),
        say("A blank line has no comma, so it must go before the line is split."),
        say(
            "I skip them where lines are read, and run the tests.",
            bash("grep -n 'for ' ledger/read.py && python3 -m unittest -q 2>&1 | tail -n 8"),
        ),
        say(
            "",
            bash(
                "sed -i -E 's/^( *)for ([a-z_]+) in (.*):$/&\\n\\1    if not \\2.strip():\\n\\1        continue/' "
                "ledger/read.py && git diff"
            ),
        ),
        say(
            "That is all; I submit the diff.",
            bash("echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT && git diff"),
        ),
    ],
    "done",
    scaffold="mini-swe-agent",
)

MINI_SWE_AGENT_TEXT = Sample(
    RANGES,
    'A range must have both ends: "1-3" is [1, 2, 3].',
    [
        say(block("I look for the place.", "grep -n 'range(' ranges.py")),
        say("I would change that line now."),
        say(
            block("One more at the end.", f"sed -i 's/{BROKEN.replace('(', '.').replace(')', '.')}/{FIXED}/' ranges.py")
        ),
        say(block("Does it hold?", "python3 -m unittest -q 2>&1 | tail -n 4; git diff --stat")),
        say(block("It does.", "echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT && git diff")),
    ],
    "done",
    scaffold="mini-swe-agent-text",
)
