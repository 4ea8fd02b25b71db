"""What a tool call does to files, told by its name and arguments, whichever scaffold the tool belongs to."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Any

from nano_agent.changes import patches
from nano_agent.changes.operations import Append, Operation, PutLines, Replace, Undo, Unfollowed, Write
from nano_agent.changes.scripts import script_operations
from nano_agent.changes.shell import shell_operations
from nano_agent.trajectory import ToolCall

_PATHS = ("file_path", "path", "file", "filename", "file_name", "target_file", "absolute_path", "notebook_path")
_OLD_NEW = (("search", "replace"), ("old_text", "new_text"), ("old_string", "new_string"), ("old_str", "new_str"))
_CONTENTS = ("content", "file_text", "contents")
_PATCHES = ("patch", "input", "diff")
_COMMANDS = ("command", "cmd", "commands", "keystrokes", "script")
_EVERYWHERE = ("replace_all", "replace-all", "replaceAll")
_SHELLS = ("bash", "sh", "zsh")


def operations_of(call: ToolCall, cwd: str, open_file: str, output: str | None) -> Iterator[Operation]:
    """What a call does; `open_file` is what line editors work on, `output` what was printed where known whole."""
    arguments = call.arguments
    if isinstance(arguments, str) or (arguments is None and call.raw_arguments):
        text = arguments if isinstance(arguments, str) else call.raw_arguments
        if patches.looks_like_patch(text):
            yield from _at(patches.operations_of(text), cwd)
        return
    if not isinstance(arguments, Mapping):
        return
    patch = next((arguments[key] for key in _PATCHES if isinstance(arguments.get(key), str)), "")
    if patch and patches.looks_like_patch(patch):
        yield from _at(patches.operations_of(patch), cwd)
        return
    given = next((str(arguments[key]) for key in _PATHS if isinstance(arguments.get(key), str)), "")
    path = posixpath.normpath(posixpath.join(cwd, given)) if given else ""
    edits = list(_edits(call.name, arguments, path or open_file))
    if edits:
        yield from edits
    elif isinstance(arguments.get("code"), str):
        yield from script_operations(arguments["code"], cwd)
    elif not given or call.name.lower() in _SHELLS:
        command = next((text for key in _COMMANDS if (text := command_text(arguments.get(key)))), "")
        yield from _command(command, cwd, open_file, output)


def _at(found: list[Operation], cwd: str) -> Iterator[Operation]:
    """The operations of a patch, their paths taken from a folder."""
    for operation in found:
        yield patches.in_folder(operation, cwd)


def _edits(name: str, arguments: Mapping[str, Any], path: str) -> Iterator[Operation]:
    if not path:
        return
    if arguments.get("command") == "undo_edit":
        yield Undo(path)
        return
    line = arguments.get("insert_line")
    inserted = next((arguments[k] for k in ("insert_text", "new_str", "text") if isinstance(arguments.get(k), str)), "")
    if line is not None and (number := whole_number(line)) is not None:
        yield PutLines(path, number, number, tuple(inserted.removesuffix("\n").split("\n")))
        return
    first, last = whole_number(arguments.get("start_line")), whole_number(arguments.get("end_line"))
    if first is not None and last is not None and isinstance(text := arguments.get("replacement_text"), str):
        yield PutLines(path, first - 1, last, tuple(text.removesuffix("\n").split("\n")) if text else ())
        return
    several = arguments.get("edits")
    for source in (arguments, *(several if isinstance(several, list) else ())):
        if isinstance(source, Mapping):
            yield from _replacement(source, path)
    content = next((arguments[key] for key in _CONTENTS if isinstance(arguments.get(key), str)), None)
    if content is not None and ("append" in name.lower() or arguments.get("mode") == "append"):
        yield Append(path, content)
    elif content is not None:
        yield Write(path, content, new=arguments.get("command") == "create")
    elif name == "create" and not any(key in arguments for key in _COMMANDS):
        yield Write(path, "\n", new=True)


def _replacement(source: Mapping[str, Any], path: str) -> Iterator[Operation]:
    everywhere = any(source.get(key) in (True, "true", "True") for key in _EVERYWHERE)
    for old_key, new_key in _OLD_NEW:
        old, new = source.get(old_key), source.get(new_key)
        if isinstance(old, str) and (isinstance(new, str) or (new is None and source.get("command") == "str_replace")):
            yield Write(path, str(new), new=True) if not old else Replace(path, old, new or "", everywhere)
            return


def whole_number(value: object) -> int | None:
    """A number that may have been written as text."""
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and value.strip().isdigit() else None


def command_text(value: object) -> str:
    """A command as one types it; `["bash", "-lc", "x"]` is `x`, and empty what is none."""
    if isinstance(value, str):
        return value
    if not isinstance(value, list) or not value or not all(isinstance(part, str) for part in value):
        return ""
    if len(value) == 3 and value[0].rsplit("/", 1)[-1] in _SHELLS and value[1] in ("-c", "-lc"):
        return str(value[2])
    if value[0] in ("apply_patch", "applypatch") and len(value) > 1:
        return f"apply_patch <<'END_OF_THIS_PATCH'\n{value[1]}\nEND_OF_THIS_PATCH"
    return " ".join("'" + part.replace("'", "'\\''") + "'" for part in value)


_LINE_EDIT = re.compile(r"edit (\d+):(\d+)\n(.*?)\n?end_of_edit\s*$", re.DOTALL)
_CREATE = re.compile(r"create (\S+)\s*$")
_INSERT = re.compile(r"insert (\d+)\n(.*?)\n?end_of_insert\s*$", re.DOTALL)


def _command(command: str, cwd: str, open_file: str, output: str | None) -> Iterator[Operation]:
    """A shell command, or one of SWE-agent's own."""
    if edit := _LINE_EDIT.match(command):
        if not open_file:
            yield Unfollowed(f"`edit {edit[1]}:{edit[2]}`, while no file was open")
            return
        lines = tuple(edit[3].split("\n")) if edit[3] else ()
        yield PutLines(open_file, int(edit[1]) - 1, int(edit[2]), lines)
    elif (insert := _INSERT.match(command)) and open_file:
        yield PutLines(open_file, int(insert[1]), int(insert[1]), tuple(insert[2].split("\n")))
    elif created := _CREATE.match(command):
        yield Write(posixpath.normpath(posixpath.join(cwd, created[1])), "\n", new=True)
    elif command:
        yield from shell_operations(command, cwd, output)
