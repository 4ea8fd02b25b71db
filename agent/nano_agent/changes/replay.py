"""Files as a run's operations leave them, step by step, from what is known of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from nano_agent.changes import lines as known
from nano_agent.changes import sed
from nano_agent.changes.hunks import apply_hunk
from nano_agent.changes.lines import WHOLE_BASE, Base, Version
from nano_agent.changes.operations import (
    Append,
    Delete,
    Move,
    Operation,
    Patch,
    PutLines,
    Replace,
    Restore,
    Sed,
    Shown,
    Undo,
    Unfollowed,
    Write,
)

LONGEST = 4_000_000
"""Characters of a content that is followed."""


@dataclass(slots=True)
class History:
    """One path through a run."""

    base: Base = field(default_factory=Base)
    versions: list[tuple[int, Version | None]] = field(default_factory=list)
    """After which step the path had which content; `None` where there was nothing."""
    origin: str = ""
    """The path that it was renamed from."""

    def at(self, step: int) -> Version | None:
        """The content after a step."""
        for number, version in reversed(self.versions):
            if number <= step:
                return version
        return None if self.base.existed is False else WHOLE_BASE

    def put(self, step: int, version: Version | None) -> None:
        """The content is another one from this step on."""
        if self.versions and self.versions[-1][0] == step:
            self.versions[-1] = (step, version)
        else:
            self.versions.append((step, version))


class Replay:
    """All files of a run, and what could not be followed."""

    def __init__(self, start: Callable[[str], Base] = lambda _: Base()) -> None:
        """`start` says what is known of a file as it was at the start."""
        self._start = start
        self.files: dict[str, History] = {}
        self.notes: list[tuple[int, str, str]] = []
        """Step, path (or nothing), and what is uncertain."""
        self._step = 0
        self._before: dict[str, list[Version | None]] = {}
        self._apply: dict[type, Callable[..., None]] = {
            Replace: self._replace, Write: self._write, Append: self._append, PutLines: self._put_lines,
            Patch: self._patch, Delete: self._delete, Move: self._move, Sed: self._sed, Restore: self._restore,
            Undo: self._undo, Shown: self._shown, Unfollowed: self._unfollowed,
        }  # fmt: skip

    def do(self, step: int, operation: Operation) -> None:
        """Take an operation into account."""
        self._step = step
        if isinstance(operation, Write | Append) and len(operation.text) > LONGEST:
            words = f"{len(operation.text):,} characters were written"
            operation = Unfollowed(words, operation.path)
        self._apply[type(operation)](operation)

    def history(self, path: str) -> History:
        """The history of a path, begun where there is none."""
        if path not in self.files:
            self.files[path] = History(self._start(path))
        return self.files[path]

    def _note(self, path: str, words: str) -> None:
        self.notes.append((self._step, path, words))

    def _now(self, path: str) -> tuple[History, Version | None]:
        history = self.history(path)
        return history, history.at(self._step)

    def _put(self, path: str, version: Version | None) -> None:
        history = self.history(path)
        self._before.setdefault(path, []).append(history.at(self._step))
        history.put(self._step, version)

    def _existing(self, path: str) -> tuple[History, Version]:
        """What is edited must be there, whatever was known before."""
        history, version = self._now(path)
        if version is None:
            if history.base.existed is False and not history.versions:
                history.base.existed = None
            return history, WHOLE_BASE if not history.versions else Version()
        history.base.existed = True if not history.versions else history.base.existed
        return history, version

    def _replace(self, operation: Replace) -> None:
        history, version = self._existing(operation.path)
        changed = known.replace(version, history.base, operation.old, operation.new, everywhere=operation.everywhere)
        if changed is None and version.text(history.base) is not None:
            self._note(operation.path, "an edit does not fit what is known of the file")
        if changed is None:
            loose = (*version.loose, (operation.old, operation.new))
            changed = Version(version.lines, version.rest, version.newline, loose)
        self._put(operation.path, changed)

    def _write(self, operation: Write) -> None:
        history, version = self._now(operation.path)
        if operation.new and not history.versions:
            history.base.existed = False
            version = None
        elif history.base.existed is None and not history.versions and not history.base.known:
            self._note(operation.path, "whether there was such a file before is not known")
            history.base.existed = False
            version = None
        self._put(operation.path, known.write(version, history.base, operation.text))

    def _append(self, operation: Append) -> None:
        history, version = self._now(operation.path)
        if version is None or (history.base.existed is None and not history.versions and not history.base.known):
            if history.base.existed is None and operation.text:
                self._note(operation.path, "whether there was such a file before is not known")
            if history.base.existed is None and not history.versions:
                history.base.existed = False
            self._put(operation.path, known.write(None, history.base, operation.text))
        elif (text := version.text(history.base)) is not None:
            if operation.text:
                self._put(operation.path, known.write(version, history.base, text + operation.text))
        elif operation.text:
            loose = (*version.loose, ("", operation.text))
            self._put(operation.path, Version(version.lines, version.rest, version.newline, loose))

    def _put_lines(self, operation: PutLines) -> None:
        history, version = self._existing(operation.path)
        changed = known.put_lines(version, history.base, operation.first, operation.last, operation.lines)
        if changed is None:
            self._note(operation.path, "an edit by line numbers does not fit what is known of the file")
        else:
            self._put(operation.path, changed)

    def _patch(self, operation: Patch) -> None:
        history, version = self._existing(operation.path)
        shift = after = 0
        for hunk in operation.hunks:
            near = None if hunk.start is None else hunk.start + shift
            version, after = apply_hunk(version, history.base, hunk, near, after)
            shift += len(hunk.new) - len(hunk.old)
        self._put(operation.path, version)
        if operation.to and operation.to != operation.path:
            self._move(Move(operation.path, operation.to))

    def _delete(self, operation: Delete) -> None:
        inside = [path for path in self.files if path.startswith(f"{operation.path}/")]
        for path in inside or [operation.path]:
            if self.history(path).at(self._step) is not None:
                self._put(path, None)

    def _move(self, operation: Move) -> None:
        inside = [path for path in self.files if path.startswith(f"{operation.path}/")]
        into_folder = any(path.startswith(f"{operation.to}/") for path in self.files)
        name = operation.path.rsplit("/", 1)[-1]
        to = f"{operation.to}/{name}" if into_folder else operation.to
        for path in inside or [operation.path]:
            self._move_one(path, to + path[len(operation.path) :], operation.copy)

    def _move_one(self, path: str, to: str, copy: bool) -> None:
        history, version = self._existing(path)
        target = self.history(to)
        if not target.versions:
            target.base, target.origin = Base(history.base.known, history.base.total, history.base.newline, False), path
            target.base.known = history.base.known
        self._put(to, version)
        if copy:
            target.origin = ""
        else:
            self._put(path, None)

    def _sed(self, operation: Sed) -> None:
        history, version = self._existing(operation.path)
        try:
            changed, sure = sed.applied(version, history.base, operation.script, operation.extended)
        except sed.NotFollowed as error:
            self._note(operation.path, f"`sed -i` was not followed ({error})")
            return
        if not sure:
            self._note(operation.path, "`sed -i` may have changed lines that are not known")
        if changed is not None:
            self._put(operation.path, changed)

    def _restore(self, operation: Restore) -> None:
        under = f"{operation.path}/" if operation.path not in ("", ".") else ""
        for path, history in list(self.files.items()):
            if (path == operation.path or path.startswith(under)) and history.versions:
                self._put(path, None if history.base.existed is False else WHOLE_BASE)

    def _undo(self, operation: Undo) -> None:
        before = self._before.get(operation.path)
        if before:
            self.history(operation.path).put(self._step, before.pop())

    def _shown(self, operation: Shown) -> None:
        history, version = self._now(operation.path)
        if version is None:
            version = WHOLE_BASE if not history.versions else Version()
        if not history.versions and history.base.existed is not True:
            history.base.existed = True
        if not operation.whole:
            if not version.loose and not known.learn(version, history.base, operation.first, operation.lines):
                self._note(operation.path, "what an answer shows of the file does not fit; something else changed it")
            return
        if version is WHOLE_BASE and not history.versions and _fits(history.base, operation.lines):
            history.base.learn_whole(operation.lines)
            history.base.newline = operation.newline
            return
        self._shown_changed(operation, history, version)

    def _shown_changed(self, operation: Shown, history: History, version: Version) -> None:
        """A file that was changed is shown whole."""
        base, lines = history.base, operation.lines
        if not version.loose and known.learn(version, base, 0, lines):
            length = len(version.lines)
            if version.rest is None and len(lines) == length:
                return
            if version.rest is not None and len(lines) >= length:
                base.total = len(lines) - length + version.rest
                return
        if not version.loose:
            self._note(operation.path, "it was found changed by something that is not an edit")
        text = "\n".join(lines) + ("\n" if operation.newline else "")
        self._put(operation.path, known.write(Version(version.lines, version.rest, version.newline), base, text))

    def _unfollowed(self, operation: Unfollowed) -> None:
        path = operation.path
        if not path:
            self._note("", f"{operation.what} may have changed files")
            return
        history = self.history(path)
        self._note(path, f"{operation.what}: what it made of the file is not known")
        if not history.versions and history.base.existed is None and not history.base.known:
            history.base.existed = False
            self._put(path, Version((), None, True, (("", f"[{operation.what}; not known]\n"),)))


def _fits(base: Base, lines: Sequence[str]) -> bool:
    """Whether a file may have had these lines at the start."""
    return all(number < len(lines) and lines[number] == line for number, line in base.known.items())
