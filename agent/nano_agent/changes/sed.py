"""What `sed -i` does, for the scripts that models write: substitutions, deletions, insertions by line or pattern."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nano_agent.changes.lines import Base, Line, Version

_ADDRESS = r"(?:(\d+|\$)|/((?:[^/\\]|\\.)*)/)"
_RANGE = re.compile(rf"\s*(?:{_ADDRESS}(?:\s*,\s*{_ADDRESS})?)?\s*(!?)\s*")


class NotFollowed(ValueError):
    """A script says something that is not followed here."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command of a script."""

    first: int | re.Pattern[str] | None
    last: int | re.Pattern[str] | None
    inverted: bool
    name: str
    pattern: re.Pattern[str] | None = None
    text: str = ""
    """What is put in, as a template for `re`, or as it is."""
    count: int = 1
    """How often in a line; 0 is everywhere."""


LAST = -1


def parse(script: str, extended: bool) -> list[Command]:
    """The commands of a script; raises `NotFollowed`."""
    found, rest = list[Command](), script
    while rest.strip(" ;\n"):
        command, rest = _command(rest.lstrip(" ;\n"), extended)
        found.append(command)
    return found


def _command(script: str, extended: bool) -> tuple[Command, str]:
    head = _RANGE.match(script)
    assert head is not None
    first, last = _address(head[1], head[2], extended), _address(head[3], head[4], extended)
    inverted, name, rest = bool(head[5]), script[head.end() : head.end() + 1], script[head.end() + 1 :]
    if name == "s":
        pattern, template, count, rest = _substitution(rest, extended)
        return Command(first, last, inverted, "s", pattern, template, count), rest
    if name == "d":
        return Command(first, last, inverted, "d"), rest
    if name in ("a", "i", "c"):
        words = re.sub(r"^[ \t]*\\?\n?", "", rest, count=1)
        lines = re.sub(r"\\\n", "\n", words)
        text = re.sub(r"\\(.)", lambda match: {"n": "\n", "t": "\t"}.get(match[1], match[1]), lines)
        return Command(first, last, inverted, name, None, text), ""
    raise NotFollowed(f"sed command {name!r}")


def _address(number: str | None, pattern: str | None, extended: bool) -> int | re.Pattern[str] | None:
    if number is not None:
        return LAST if number == "$" else int(number)
    return _pattern(pattern, extended, "") if pattern is not None else None


def _substitution(rest: str, extended: bool) -> tuple[re.Pattern[str], str, int, str]:
    if not rest or rest[0] in "\\\n ":
        raise NotFollowed("sed s")
    parts, part, index = list[str](), "", 1
    while index < len(rest) and len(parts) < 2:
        if rest[index] == "\\" and index + 1 < len(rest):
            escaped = rest[index + 1]
            part += escaped if escaped == rest[0] and escaped not in ".*[]^$" else "\\" + escaped
            index += 2
            continue
        if rest[index] == rest[0]:
            parts.append(part)
            part = ""
        else:
            part += rest[index]
        index += 1
    if len(parts) < 2:
        raise NotFollowed("a sed s that does not end")
    flags = re.match(r"[gIi\d]*", rest[index:])
    said = flags[0] if flags else ""
    after = rest[index + len(said) :]
    if (after.strip() and after.lstrip(" ")[:1] not in (";", "\n", "}")) or re.search(r"\d", said):
        raise NotFollowed("flags of a sed s")
    ignoring = "i" if "i" in said.lower() else ""
    return _pattern(parts[0], extended, ignoring), _template(parts[1]), 0 if "g" in said else 1, after


_SLOW = re.compile(r"[*+}][^()]*\)[*+{]")
"""Repetitions of repetitions, which can take Python's engine for ever."""


def _pattern(pattern: str, extended: bool, flags: str) -> re.Pattern[str]:
    if _SLOW.search(pattern.replace("\\", "")):
        raise NotFollowed(f"the pattern {pattern}")
    try:
        return re.compile(_python(pattern, extended), re.IGNORECASE if flags else 0)
    except re.error as error:
        raise NotFollowed(f"the pattern {pattern}") from error


_CLASSES = {
    "space": r"\s", "alpha": "a-zA-Z", "digit": "0-9", "alnum": "a-zA-Z0-9", "upper": "A-Z", "lower": "a-z",
    "blank": r" \t", "punct": r"!-/:-@\[-`{-~", "xdigit": "0-9a-fA-F",
}  # fmt: skip


def _python(pattern: str, extended: bool) -> str:
    """A POSIX pattern as Python has it: in a basic one, groups and the like are those with a backslash."""
    found, index = "", 0
    while index < len(pattern):
        char = pattern[index]
        if char == "[":
            end = _class_end(pattern, index)
            inside = re.sub(r"\[:(\w+):\]", lambda m: _CLASSES.get(m[1], ""), pattern[index + 1 : end])
            found += "[" + inside.replace("[", r"\[") + "]"
            index = end + 1
        elif char == "\\" and index + 1 < len(pattern):
            escaped = pattern[index + 1]
            special = escaped in "(){}+?|"
            found += escaped if special and not extended else "\\b" if escaped in "<>" else "\\" + escaped
            index += 2
        elif (char in "(){}+?|" and not extended) or (char == "*" and not found):
            found += "\\" + char
            index += 1
        else:
            anchored = (char == "^" and index and not extended) or (
                char == "$" and index < len(pattern) - 1 and not extended
            )
            found += "\\" + char if anchored else char
            index += 1
    return found


def _class_end(pattern: str, start: int) -> int:
    index = start + 1 + (pattern[start + 1 : start + 2] == "^")
    index += pattern[index : index + 1] == "]"
    while index < len(pattern) and pattern[index] != "]":
        index = (
            pattern.find(":]", index) + 2 if pattern.startswith("[:", index) and ":]" in pattern[index:] else index + 1
        )
    if index >= len(pattern):
        raise NotFollowed(f"the pattern {pattern}")
    return index


def _template(text: str) -> str:
    """A replacement as `re` takes it."""
    found, index = "", 0
    while index < len(text):
        char = text[index]
        if char == "\\" and index + 1 < len(text):
            escaped = text[index + 1]
            if escaped in "LUlEu":
                raise NotFollowed("a change of case")
            found += (
                f"\\g<{escaped}>"
                if escaped.isdigit()
                else {"n": "\n", "t": "\t"}.get(escaped, "\\\\" if escaped == "\\" else escaped)
            )
            index += 2
            continue
        found += "\\g<0>" if char == "&" else char
        index += 1
    return found


def run(
    commands: Sequence[Command], spelled: Sequence[Line], numbers: Sequence[Line], closed: bool
) -> tuple[list[Line], bool]:
    """The lines after a script, lines that it leaves alone as they are in `numbers`; and whether all were known.

    `closed` says that the last of these lines is the last of the file.
    """
    found, sure = list[Line](), closed or not any(_needs_end(command) for command in commands)
    active = [False] * len(commands)
    for index, line in enumerate(spelled):
        result, known = _one(commands, active, index, line, len(spelled) if closed else None)
        sure &= known
        found += [numbers[index] if part is line else part for part in result]
    return found, sure


def _needs_end(command: Command) -> bool:
    return not isinstance(command.first, int) or command.first == LAST or command.last == LAST


def _one(
    commands: Sequence[Command], active: list[bool], index: int, line: Line, total: int | None
) -> tuple[list[Line], bool]:
    before, after, current, sure = list[Line](), list[Line](), line, True
    for number, command in enumerate(commands):
        hit = _selected(command, active, number, index, current, total)
        if hit is None:
            sure = False
            continue
        if not hit:
            continue
        if command.name == "s":
            if isinstance(current, int):
                sure = False
            elif command.pattern is not None:
                changed = command.pattern.sub(command.text, current, count=command.count)
                current = current if changed == current else changed
        elif command.name == "d":
            return before, sure
        elif command.name == "c":
            return [*before, *command.text.split("\n"), *after], sure
        else:
            (before if command.name == "i" else after).extend(command.text.split("\n"))
    pieces: Iterator[Line] = iter(
        [current] if isinstance(current, int) else current.split("\n") if "\n" in current else [current]
    )
    return [*before, *pieces, *after], sure


def _selected(
    command: Command, active: list[bool], number: int, index: int, line: Line, total: int | None
) -> bool | None:
    """Whether a command takes a line; `None` when that is not known."""
    if command.first is None:
        return not command.inverted
    if active[number]:
        end = _is_at(command.last, index, line, total)
        past = isinstance(command.last, int) and command.last != LAST and index + 1 >= command.last
        active[number] = not (end or past)
        return not command.inverted
    hit = _is_at(command.first, index, line, total)
    if hit is None:
        return None
    if hit and command.last is not None:
        active[number] = not (isinstance(command.last, int) and command.last != LAST and command.last <= index + 1)
    return hit != command.inverted


def _is_at(place: int | re.Pattern[str] | None, index: int, line: Line, total: int | None) -> bool | None:
    if isinstance(place, int):
        return index + 1 == (total if place == LAST else place)
    if place is None:
        return False
    return None if isinstance(line, int) else bool(place.search(line))


def applied(version: Version, base: Base, script: str, extended: bool) -> tuple[Version | None, bool]:
    """The file after a script, `None` when it changes nothing known, and whether that is all; raises `NotFollowed`."""
    commands = parse(script, extended)
    spread = max((n for c in commands for n in (c.first, c.last) if isinstance(n, int)), default=0)
    upto = max(spread, max(base.known, default=-1) + 1)
    spelled, numbers = version.spelled(base, spread), version.numbered(base, upto)
    is_open = version.is_open(base)
    found, sure = run(commands, spelled, numbers, not is_open)
    rest = (version.rest or 0) + len(spelled) - len(version.lines) if is_open else None
    changed = Version(tuple(found), rest, version.ends(base), version.loose)
    return (changed if found != numbers else None), sure
