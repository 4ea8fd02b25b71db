"""What a tool call means to a reader: a command, an edit, a file that is read, or just a name with arguments.

Pure derivation from name and arguments, by their shape rather than by a list of known tools. The strings that come out
are foreign text as it was written; whoever shows them makes them harmless.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from nano_agent.trajectory import ToolCall
from nano_widgets.diff_text import made, parse

Kind = Literal["command", "edit", "write", "read", "call"]
_COMMAND_KEYS = ("cmd", "command", "commands", "keystrokes", "script")
_PATH_KEYS = ("path", "file_path", "file", "filename", "target_file", "absolute_path", "notebook_path")
_OLD_NEW = (
    ("search", "replace"),
    ("old_text", "new_text"),
    ("old_string", "new_string"),
    ("old_str", "new_str"),
)
_CONTENT_KEYS = ("content", "file_text", "contents", "insert_text", "new_str")
_PATCH_KEYS = ("patch", "input", "diff")
_PATCH_SIGNS = ("*** Begin Patch", "\n@@", "--- ", "diff --git")
_READ_WORDS = ("read", "view", "open", "cat", "list", "ls", "glob", "grep", "search", "find", "fetch")
_EDITOR_READS = ("view", "open", "undo_edit")
"""What the `command` of an editor tool may be, that is not one for a shell."""
_LARGEST_DIFF = 300_000


@dataclass(frozen=True, slots=True)
class CallView:
    """One call, taken apart for a reader."""

    kind: Kind
    name: str
    subject: str = ""
    """What it is about, in a line or more: the command, the path, or the arguments as `key=value`."""
    path: str = ""
    diff: tuple[str, ...] = ()
    """Edits: the lines of a diff (`+new`, `-old`, ` same`), with headers only where the model wrote them."""
    content: str = ""
    """Writes, and edits too large to compare: the text that goes into the file."""
    added: int = 0
    removed: int = 0
    details: tuple[tuple[str, str], ...] = ()
    """The other arguments, as text."""
    broken: bool = False
    """The arguments are no JSON object; `subject` is what the model wrote instead."""

    @property
    def text(self) -> str:
        """What is shown below the call's name: the diff, the new content, or the subject."""
        if self.kind in ("edit", "write"):
            return "\n".join(self.diff) if self.diff else self.content
        return self.subject

    @property
    def changes(self) -> str:
        """`+1 -1` for an edit; empty for all else."""
        return f"+{self.added} -{self.removed}" if self.added or self.removed else ""


def view(call: ToolCall) -> CallView:
    """Take a call apart. Costs no more than a look at its arguments; edits up to 300 KB are compared line by line."""
    arguments = call.arguments
    if not isinstance(arguments, Mapping):
        return _not_an_object(call)
    edit = _edit(call.name, arguments)
    if edit is not None:
        return edit
    path_key = next((key for key in _PATH_KEYS if isinstance(arguments.get(key), str)), None)
    if path_key and arguments.get("command") in _EDITOR_READS:
        path = str(arguments[path_key])
        return CallView("read", call.name, path, path, details=_details(arguments, path_key))
    for key in _COMMAND_KEYS:
        command = _command_text(arguments.get(key))
        if command is not None:
            return CallView("command", call.name, command, details=_details(arguments, key))
    lowered = call.name.lower()
    if path_key and any(word in lowered for word in _READ_WORDS):
        path = str(arguments[path_key])
        return CallView("read", call.name, path, path, details=_details(arguments, path_key))
    details = _details(arguments)
    return CallView("call", call.name, " ".join(f"{key}={value}" for key, value in details), details=details)


def command_of(call: ToolCall) -> str:
    """The command that a call runs; empty for one that runs none. Costs a look at its arguments' names."""
    if not isinstance(call.arguments, Mapping):
        return call.raw_arguments if call.from_text else ""
    commands = (_command_text(call.arguments.get(key)) for key in _COMMAND_KEYS)
    return next((command for command in commands if command is not None), "")


def changes_files(call: ToolCall) -> bool:
    """Whether a call asks for a file to be changed: what `view` calls an edit or a write, without comparing texts."""
    arguments = call.arguments
    if not isinstance(arguments, Mapping):
        return _is_patch(arguments if isinstance(arguments, str) else call.raw_arguments)
    if any(isinstance(text := arguments.get(key), str) and _is_patch(text) for key in _PATCH_KEYS):
        return True
    has_path = any(isinstance(arguments.get(key), str) for key in _PATH_KEYS)
    return (has_path and any(isinstance(arguments.get(key), str) for key in _CONTENT_KEYS)) or bool(
        _replacements(arguments)
    )


def _not_an_object(call: ToolCall) -> CallView:
    """Broken JSON, `null`, a number; but a freeform tool takes plain text, and a patch is one."""
    text = call.arguments if isinstance(call.arguments, str) else call.raw_arguments
    if _is_patch(text):
        return _patch(call.name, text, ())
    if call.from_text and text:
        return CallView("command", call.name, text)
    if not text.strip() and call.arguments is None:
        return CallView("call", call.name)
    return CallView("call", call.name, text, broken=True)


def _edit(name: str, arguments: Mapping[str, Any]) -> CallView | None:
    for key in _PATCH_KEYS:
        text = arguments.get(key)
        if isinstance(text, str) and _is_patch(text):
            return _patch(name, text, _details(arguments, key))
    path_key = next((key for key in _PATH_KEYS if isinstance(arguments.get(key), str)), "")
    path = str(arguments.get(path_key, ""))
    pairs = _replacements(arguments)
    if pairs:
        taken = [key for pair in _OLD_NEW for key in pair] + ["edits", path_key]
        return _replacing(name, path, pairs, _details(arguments, *taken))
    content_key = next((key for key in _CONTENT_KEYS if isinstance(arguments.get(key), str)), None)
    if content_key is None or not path_key:
        return None
    content = str(arguments[content_key])
    details = _details(arguments, content_key, path_key)
    return CallView("write", name, path, path, content=content, added=_line_count(content), details=details)


def _replacements(arguments: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The old and new texts of an edit, of several in one call too."""
    edits = arguments.get("edits")
    sources = [arguments, *(edits if isinstance(edits, list) else ())]
    found = list[tuple[str, str]]()
    for source in sources:
        if isinstance(source, Mapping):
            for old_key, new_key in _OLD_NEW:
                old, new = source.get(old_key), source.get(new_key)
                if isinstance(old, str) and isinstance(new, str):
                    found.append((old, new))
    return found


def _replacing(name: str, path: str, pairs: list[tuple[str, str]], details: tuple[tuple[str, str], ...]) -> CallView:
    if sum(len(old) + len(new) for old, new in pairs) > _LARGEST_DIFF:
        added, removed = sum(_line_count(new) for _, new in pairs), sum(_line_count(old) for old, _ in pairs)
        content = "\n".join(new for _, new in pairs)
        return CallView("edit", name, path, path, (), content, added, removed, details)
    lines = list[str]()
    for i, (old, new) in enumerate(pairs):
        lines += ["@@"] * (i > 0) + made(old, new)
    added, removed = sum(line[0] == "+" for line in lines), sum(line[0] == "-" for line in lines)
    return CallView("edit", name, path, path, tuple(lines), "", added, removed, details)


def _is_patch(text: str) -> bool:
    head = "\n" + text[:4000]
    return any(sign in head for sign in _PATCH_SIGNS) and ("\n+" in text or "\n-" in text or "*** " in head)


def _patch(name: str, text: str, details: tuple[tuple[str, str], ...]) -> CallView:
    if len(text) > _LARGEST_DIFF:
        return CallView("edit", name, "", "", (), text, details=details)
    diff = parse(text)
    path = " ".join(dict.fromkeys(file.path for file in diff.files))
    return CallView("edit", name, path, path, tuple(diff.lines), "", diff.added, diff.removed, details)


def _command_text(value: object) -> str | None:
    """A command as one types it; `["bash", "-lc", "x"]` is `x`."""
    if isinstance(value, str):
        return value
    if not isinstance(value, list) or not value or not all(isinstance(part, str) for part in value):
        return None
    if len(value) == 3 and value[0].rsplit("/", 1)[-1] in ("bash", "sh", "zsh") and value[1] in ("-c", "-lc"):
        return str(value[2])
    return " ".join(part if part and not set(part) & set(" \t\n'\"$") else repr(part) for part in value)


def _details(arguments: Mapping[str, Any], *taken: str) -> tuple[tuple[str, str], ...]:
    return tuple((str(key), as_text(value)) for key, value in arguments.items() if key not in taken)


def as_text(value: object) -> str:
    """A value as it is read most easily: a string as it is, all else as JSON."""
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except (TypeError, ValueError, RecursionError):  # keys that JSON cannot have, or a value that holds itself
        return repr(value)


def _line_count(text: str) -> int:
    return text.count("\n") + (not text.endswith("\n")) if text else 0


def summary(call: CallView, *, changes: bool = True) -> str:
    """The call in a few words, as foreign text of any length: `$ rg -n x`, `edit a.py +1 -1`, `read_file a.py`."""
    if call.kind == "command":
        return f"$ {call.subject}"
    if call.kind in ("edit", "write"):
        return " ".join(filter(None, (call.name, call.path, call.changes if changes else "")))
    return f"{call.name} {call.subject[:500]}".rstrip()
