"""What the answer to a call tells: whether it was done, what was printed, and which lines of a file it shows."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence

from nano_agent.changes.calls import whole_number
from nano_agent.changes.operations import Shown
from nano_agent.trajectory import Message, ToolCall

_CUT = re.compile(
    r"^\W{0,20}(?:\S{1,40} ){0,6}(?:truncated|elided|omitted|clipped|trimmed)\b.{0,80}$|<elided_chars>|\[trimmed\]",
    re.MULTILINE,
)
_WRAPPED = re.compile(r"\s*<returncode>-?\d+</returncode>\s*<output>\n?(.*?)\n?</output>\s*$", re.DOTALL)
_STREAMS = re.compile(r"exit_code: -?\d+\nstdout:\n(.*?)\nstderr:\n\(empty\)\s*$", re.DOTALL)
_CODEX = re.compile(r"Exit code: -?\d+\nWall time: .*?\nOutput:\n(.*)$", re.DOTALL)
_STATE = re.compile(r"\n?\(Open file: (.*?)\)\r?\n\(Current directory: (.*?)\)\r?\nbash-\$\s*$")
_PROMPT = re.compile(r"\r?\n?(?:\(.*?\) )?\S+@[\w.-]+:\S* ?[#$] ?$")
_REFUSED = re.compile(
    r"\s*(?:\W{0,3}(?:your proposed edit|tool_use_error|not run|patch failed|no such file|cannot|could not|unable)"
    r"|\W{0,3}(?:error|failed|failure|invalid)\b|no replacement was performed|string to replace not found"
    r"|action was not executed)",
    re.IGNORECASE,
)
_DONE = re.compile(
    r"success|has been (?:updated|edited|created|written|replaced)|\bapplied\b|^\W*(?:patched|wrote|updated|created)"
    r"|replaced \d+|file created|\[file: |lines total",
    re.IGNORECASE,
)
_NOT_DONE = re.compile(
    r"\b(?:error|failed|not found|no match(?:es)?|does not (?:exist|occur|match)|did not (?:match|appear)|"
    r"multiple occurrences|not unique|must be unique|already exists|not applied|not executed|"
    r"denied|rejected|refused|has not been read)\b",
    re.IGNORECASE,
)
_LINE = re.compile(r"\s*(\d+)(?:\t|→|: ?|\| ?)(.*)", re.DOTALL)
_RESULT = re.compile(
    r"(?:result of running `cat -n` on|snippet of|running `cat -n` on a snippet of) (?:a snippet of )?(/?\S+?):?\s*$"
)
_WINDOW = re.compile(r"^\[File: (.*?) \((\d+) lines total.*?\)\]\r?$", re.MULTILINE)
_WINDOW_LINE = re.compile(r"(\d+)[:|](.*)")
_TAIL = 1000
LONGEST = 2_000_000
"""Characters of a text that is looked at for lines of files."""
_READS = ("read", "view", "open", "cat")
_RANGES = (
    "offset",
    "limit",
    "start",
    "end",
    "view_range",
    "start_line",
    "end_line",
    "line_start",
    "line_end",
    "line_number",
)


def state_of(message: Message) -> tuple[str, str] | None:
    """The open file and the current folder that SWE-agent's answers end with."""
    match = _STATE.search(message.text[-2000:])
    return (match[1], match[2]) if match else None


def refused(message: Message) -> bool:
    """Whether an answer to an edit says that it was not done."""
    if message.failed is not None and not message.text.startswith("["):
        return message.failed
    head = message.text[:600]
    if message.failed or _REFUSED.match(head):
        return True
    return not _DONE.search(head) and bool(_NOT_DONE.search(head))


def printed(message: Message) -> str | None:
    """What a command printed; `None` where that is not known whole.

    Where only the answer is known, its last line is taken to end: most scaffolds strip what they show.
    """
    if message.output is not None:
        return message.output if len(message.output) <= LONGEST else None
    if message.output_path is not None:
        return None
    text = message.text
    for pattern in (_WRAPPED, _STREAMS, _CODEX):
        if match := pattern.match(text):
            text = match[1]
            break
    else:
        # What a shell adds is at the end; looking for it all along a long text would take its time.
        text, end = text[:-_TAIL], text[-_TAIL:]
        text += _PROMPT.sub("\n", _STATE.sub("", end))
    if len(text) > LONGEST or _CUT.search(text):
        return None
    return text if not text or text.endswith("\n") else f"{text}\n"


def shown(call: ToolCall | None, message: Message, cwd: str) -> Iterator[Shown]:
    """The lines of files that an answer shows, with their numbers."""
    text = message.text
    if len(text) > LONGEST:
        return
    if "lines total" in text and not _REFUSED.match(text):
        yield from _windows(text)
    reads = call is not None and any(word in call.name.lower() for word in _READS)
    if not reads and "`cat -n`" not in text:
        return
    lines = text.replace("\r\n", "\n").split("\n")
    for index, line in enumerate(lines):
        if "`cat -n`" in line and (head := _RESULT.search(line)):
            path = posixpath.normpath(posixpath.join(cwd, head[1]))
            ranged = "snippet" in line or (call is not None and _ranged(call.arguments))
            yield from _numbered(path, lines[index + 1 :], not ranged)
            return
    if reads and call is not None and isinstance(call.arguments, Mapping):
        yield from _read(call.arguments, lines, cwd)


def _windows(text: str) -> Iterator[Shown]:
    """What SWE-agent and OpenHands show of an open file."""
    for head in _WINDOW.finditer(text):
        found, first = list[str](), None
        for line in text[head.end() :].replace("\r\n", "\n").lstrip("\n").split("\n"):
            match = _WINDOW_LINE.fullmatch(line)
            if match and (first is None or int(match[1]) == first + len(found)):
                first = int(match[1]) if first is None else first
                found.append(match[2])
            elif found:
                break
        if first is None or not found:
            continue
        reaches_end = first + len(found) - 1 == int(head[2])
        if reaches_end and not found[-1]:
            # Some versions count an empty line after the last line end, some do not.
            yield Shown(head[1], tuple(found[:-1]), first - 1)
        else:
            yield Shown(
                head[1], tuple(found), first - 1, first == 1 and reaches_end, int(head[2]) if reaches_end else None
            )


def _ranged(arguments: object) -> bool:
    return isinstance(arguments, Mapping) and any(arguments.get(key) is not None for key in _RANGES)


def _numbered(path: str, lines: Sequence[str], whole: bool, most: int | None = None) -> Iterator[Shown]:
    """Numbered lines, up to the first one that has not the next number."""
    found, first = list[str](), None
    after = ""
    for line in lines:
        match = _LINE.fullmatch(line)
        if match is None or (first is not None and int(match[1]) != first + len(found)):
            after = line
            break
        first = int(match[1]) if first is None else first
        found.append(match[2])
    if first is None or first < 1:
        return
    ended = not after.strip() or after.lstrip().startswith("<system-reminder>")
    whole = first == 1 and ended and (whole or (most is not None and len(found) < most))
    yield Shown(path, tuple(found), first - 1, whole and not _CUT.search("\n".join(lines[len(found) : len(found) + 5])))


def _read(arguments: Mapping[str, object], lines: Sequence[str], cwd: str) -> Iterator[Shown]:
    keys = ("file_path", "path", "file", "filename", "target_file", "absolute_path")
    given = next((str(arguments[key]) for key in keys if isinstance(arguments.get(key), str)), "")
    if not given:
        return
    path = posixpath.normpath(posixpath.join(cwd, given))
    body = lines[1:] if lines[:1] and lines[0] == f"# {given}" else lines
    start, end = whole_number(arguments.get("start")), whole_number(arguments.get("end"))
    most = end - start + 1 if start == 1 and end is not None else None
    if body and _LINE.fullmatch(body[0]):
        yield from _numbered(path, body, not _ranged(arguments), most)
    elif not _ranged(arguments) and not _REFUSED.match("\n".join(lines[:2])) and len(lines) > 1:
        text = "\n".join(lines)
        if (
            not _CUT.search(text)
            and not _WINDOW.search(text)
            and "`cat -n`" not in text
            and "<system-reminder>" not in text
        ):
            yield Shown(path, tuple(lines[:-1] if not lines[-1] else lines), 0, True, None, newline=not lines[-1])
