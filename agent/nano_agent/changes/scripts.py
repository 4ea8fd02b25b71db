"""What short Python scripts do to files: those that read, replace and write, as models like to write them.

Nothing is run: names are followed through assignments of texts, paths and file contents, and all else is not known.
"""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from nano_agent.changes.operations import Append, Delete, Move, Operation, PutLines, Replace, Unfollowed, Write

LONGEST = 200_000
"""Characters of a script that is looked at."""
_WRITING = (
    "write",
    "write_text",
    "writelines",
    "write_bytes",
    "unlink",
    "remove",
    "rename",
    "move",
    "copy",
    "copyfile",
)
_UNKNOWN = object()


@dataclass(frozen=True, slots=True)
class _Path:
    path: str


@dataclass(frozen=True, slots=True)
class _Content:
    """What was read from a file, with texts replaced in it."""

    path: str
    replaced: tuple[tuple[str, str, bool], ...] = ()


@dataclass(slots=True)
class _File:
    path: str
    mode: str
    written: bool = False


def script_operations(script: str, cwd: str) -> Iterator[Operation]:
    """What a script does to files."""
    if len(script) > LONGEST:
        yield Unfollowed("a long Python script")
        return
    try:
        tree = ast.parse(script)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    yield from _Follower(cwd).block(tree.body)


class _Follower:
    def __init__(self, cwd: str) -> None:
        self.cwd = cwd
        self.names: dict[str, object] = {}

    def block(self, body: Sequence[ast.stmt]) -> Iterator[Operation]:
        """The statements of a block, in order."""
        for statement in body:
            if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
                value = self.value(statement.value)
                if isinstance(target := statement.targets[0], ast.Name):
                    self.names[target.id] = value
                if isinstance(statement.value, ast.Call):
                    yield from self.call(statement.value)
            elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
                yield from self.call(statement.value)
            elif isinstance(statement, ast.With):
                for item in statement.items:
                    if isinstance(item.optional_vars, ast.Name):
                        self.names[item.optional_vars.id] = self.value(item.context_expr)
                yield from self.block(statement.body)
            elif not isinstance(statement, ast.FunctionDef | ast.Import | ast.ImportFrom) and _writes(statement):
                yield Unfollowed("a Python script, which changes files only sometimes or in a loop")

    def call(self, call: ast.Call) -> Iterator[Operation]:
        """What a call does to a file."""
        if isinstance(call.func, ast.Name):
            yield from self._skill(call.func.id, call)
            return
        if not isinstance(call.func, ast.Attribute):
            return
        name, on = call.func.attr, self.value(call.func.value)
        arguments = [self.value(argument) for argument in call.args]
        if name == "write_text" and arguments and isinstance(on, _Path):
            yield from _written(on.path, arguments[0], False)
        elif name == "write" and arguments and isinstance(on, _File):
            yield from _written(on.path, arguments[0], on.written or "a" in on.mode)
            on.written = True
        elif name == "unlink" and isinstance(on, _Path):
            yield Delete(on.path)
        elif name in ("remove", "unlink") and arguments and (path := self.path(arguments[0])):
            yield Delete(path)
        elif name in ("rename", "move", "copy", "copyfile") and len(arguments) == 2:
            a, b = self.path(arguments[0]), self.path(arguments[1])
            yield Move(a, b, name.startswith("copy")) if a and b else Unfollowed("a Python script")
        elif name in ("write", "write_text", "writelines", "write_bytes"):
            place = self.path(on) or (on.path if isinstance(on, _File) else "")
            if place or name != "write":  # `sys.stdout.write` writes no file
                yield Unfollowed("a Python script", place)

    def _skill(self, name: str, call: ast.Call) -> Iterator[Operation]:
        """OpenHands' functions for editing files."""
        given: dict[str, object] = {str(word.arg): self.value(word.value) for word in call.keywords}
        names = _SKILLS.get(name)
        if names is None:
            return
        given |= dict(zip(names, (self.value(argument) for argument in call.args), strict=False))
        path = self.path(given.get(names[0]))
        texts = [given.get(key, "") for key in names[1:]]
        if path is None or any(text is _UNKNOWN for text in texts):
            yield Unfollowed(f"`{name}`", path or "")
        elif name == "create_file":
            yield Write(path, "\n", new=True)
        elif name == "edit_file_by_replace":
            yield Replace(path, str(texts[0]), str(texts[1]))
        elif name == "append_file":
            yield Append(path, str(texts[0]))
        elif name == "insert_content_at_line" and isinstance(texts[0], int):
            yield PutLines(path, texts[0] - 1, texts[0] - 1, tuple(str(texts[1]).removesuffix("\n").split("\n")))

    def path(self, value: object) -> str | None:
        """The path that a value names."""
        if isinstance(value, _Path):
            return value.path
        return posixpath.normpath(posixpath.join(self.cwd, value)) if isinstance(value, str) and value else None

    def value(self, node: ast.expr) -> object:
        """What an expression is, as far as it is followed."""
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, str | int) else _UNKNOWN
        if isinstance(node, ast.Name):
            return self.names.get(node.id, _UNKNOWN)
        if isinstance(node, ast.BinOp):
            left, right = self.value(node.left), self.value(node.right)
            if isinstance(node.op, ast.Add) and isinstance(left, str) and isinstance(right, str):
                return left + right
            if isinstance(node.op, ast.Div) and isinstance(left, _Path) and isinstance(right, str):
                return _Path(posixpath.normpath(posixpath.join(left.path, right)))
            return _UNKNOWN
        return self._called(node) if isinstance(node, ast.Call) else _UNKNOWN

    def _called(self, call: ast.Call) -> object:
        arguments = [self.value(argument) for argument in call.args]
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if name == "Path" and len(arguments) == 1 and (path := self.path(arguments[0])):
            return _Path(path)
        if name == "open":
            return self._opened(call, arguments)
        on = self.value(call.func.value) if isinstance(call.func, ast.Attribute) else _UNKNOWN
        if name in ("read_text", "read") and isinstance(on, _Path | _File):
            return _Content(on.path)
        if name == "replace" and len(arguments) in (2, 3) and all(isinstance(a, str) for a in arguments[:2]):
            old, new = str(arguments[0]), str(arguments[1])
            if isinstance(on, _Content):
                return _Content(on.path, (*on.replaced, (old, new, len(arguments) == 2)))
            if isinstance(on, str):
                return on.replace(old, new)
        plain: Callable[[], str] | None = getattr(on, name, None) if isinstance(on, str) and name in _PLAIN else None
        return plain() if plain is not None and not arguments else _UNKNOWN

    def _opened(self, call: ast.Call, arguments: Sequence[object]) -> object:
        on = self.value(call.func.value) if isinstance(call.func, ast.Attribute) else None
        rest = list(arguments) if isinstance(on, _Path) else list(arguments[1:])
        path = on.path if isinstance(on, _Path) else self.path(arguments[0]) if arguments else None
        modes = [self.value(word.value) for word in call.keywords if word.arg == "mode"] or rest[:1] or ["r"]
        return _File(path, str(modes[0])) if path and "b" not in str(modes[0]) else _UNKNOWN


_PLAIN = ("strip", "lstrip", "rstrip")
_SKILLS = {
    "edit_file_by_replace": ("file_name", "to_replace", "new_content"),
    "insert_content_at_line": ("file_name", "line_number", "content"),
    "append_file": ("file_name", "content"),
    "create_file": ("filename",),
}


def _written(path: str, value: object, added: bool) -> Iterator[Operation]:
    if isinstance(value, str):
        yield Append(path, value) if added else Write(path, value)
    elif isinstance(value, _Content) and value.path == path and not added:
        for old, new, everywhere in value.replaced:
            yield Replace(path, old, new, everywhere)
    else:
        yield Unfollowed("a Python script", path)


def _writes(statement: ast.stmt) -> bool:
    return any(isinstance(node, ast.Attribute) and node.attr in _WRITING for node in ast.walk(statement))
