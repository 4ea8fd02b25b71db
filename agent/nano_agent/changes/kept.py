"""The work trees of our own runs, as they were kept after every step. Nothing here is guessed."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from nano_agent.changes.answers import MOST, Diff, Entry, FileText, Folder, Provenance, Status, entries_of
from nano_agent.trajectory import Trajectory
from nano_agent.workspace.git import GitError, GitRunner

_DIFF = (
    *("--no-color", "--no-ext-diff", "--no-textconv", "--find-renames", "--submodule=short", "--unified=3"),
    *("--src-prefix=a/", "--dst-prefix=b/", "-p", "-r", "--full-index"),
)
_KINDS: Mapping[str, str] = {"040000": "folder", "120000": "link", "160000": "submodule"}
_STATUS: Mapping[str, Status] = {"A": "+", "D": "-"}
_POINTER = re.compile(r"version https://git-lfs\.github\.com/spec/v1\noid .*\nsize (\d+)\n")
_IGNORED = "Files that git ignores are not kept."


class KeptChanges:
    """Asks git in the run's own store, which neither reads nor writes anything of the person's repository."""

    provenance: Provenance = "exact"

    def __init__(self, run: Trajectory, trees: Mapping[int, str], last: int) -> None:
        """`trees` has the tree id of each step after which it was taken, that of the start under 0."""
        self.last = last
        self._trees = trees
        self._recorded = run.diff
        self._store = run.path.resolve() / "checkpoints.git"
        self._git = GitRunner(run.path).with_environment({"GIT_DIR": str(self._store), "GIT_LITERAL_PATHSPECS": "1"})

    def diff(self, before: int, after: int) -> Diff:
        """See `Changes.diff`."""
        old, new = self._tree(before), self._tree(after)
        if old is None or new is None:
            return Diff("", "none", self._missing(before if old is None else after))
        if old == new:
            return Diff("", "exact")
        try:
            data, cut = self._git.run_head(MOST, "diff-tree", *_DIFF, old, new)
        except GitError as error:
            return Diff("", "none", self._unreadable(error))
        if cut:
            data = data[: data.rfind(b"\n") + 1]
        return Diff(os.fsdecode(data), "exact", _cut_note(cut), cut)

    def final(self) -> Diff:
        """See `Changes.final`."""
        if self._recorded is not None:
            return Diff(self._recorded, "exact")
        diff = self.diff(0, self.last)
        why = "The run has not recorded a final diff; this leads from its start to the last step that was kept."
        return Diff(diff.text, diff.provenance, f"{why} {diff.note}".strip(), diff.cut)

    def changed(self, before: int, after: int) -> Mapping[str, Status]:
        """See `Changes.changed`."""
        old, new = self._tree(before), self._tree(after)
        if old is None or new is None or old == new:
            return {}
        try:
            words = self._git.run("diff-tree", "-r", "-z", "--name-status", "--no-renames", old, new).split("\0")
        except GitError:
            return {}
        return {path: _STATUS.get(status, "~") for status, path in zip(words[::2], words[1::2], strict=False)}

    def folder(self, path: str, step: int) -> Folder:
        """See `Changes.folder`. Lists one folder, however large the tree is."""
        tree = self._tree(step)
        if tree is None:
            return Folder((), "none", self._missing(step))
        changed, in_step = self.changed(0, step), self.changed(max(0, step - 1), step)
        spec = f"{tree}:{path}" if path else tree
        try:
            listing = self._git.run("ls-tree", "-z", "-l", spec)
        except GitError as error:
            gone = any(one.startswith(f"{path}/") for one in changed)
            note = "" if gone else self._unreadable(error)
            return Folder(entries_of({}, path, changed, in_step), "exact" if gone else "none", note)
        files = dict[str, Entry]()
        for line in listing.split("\0")[:-1]:
            about, _, name = line.partition("\t")
            mode, _, _, size = about.split()
            place = f"{path}/{name}" if path else name
            kind = _KINDS.get(mode, "file")
            bytes_ = int(size) if size.isdigit() and kind == "file" else None
            files[name] = Entry(name, place, kind, changed.get(place, ""), in_step.get(place, ""), mode, bytes_)  # type: ignore[arg-type]
        return Folder(entries_of(files, path, changed, in_step), "exact", _IGNORED if not path else "")

    def text(self, path: str, step: int) -> FileText:
        """See `Changes.text`."""
        tree = self._tree(step)
        if tree is None:
            return FileText(None, "none", self._missing(step))
        try:
            about = self._git.run("ls-tree", "-z", tree, "--", path)
            if not about:
                return FileText(None, "exact", "There is no such file as of this step.")
            mode, kind, name = about.split("\t")[0].split()
            if kind != "blob":
                what = f"A submodule, at commit {name}." if kind == "commit" else "A folder."
                return FileText(None, "exact", what)
            data, cut = self._git.run_head(MOST, "cat-file", "blob", name)
        except GitError as error:
            return FileText(None, "none", self._unreadable(error))
        if b"\0" in data[:8000]:
            return FileText(None, "exact", "This is a binary file.")
        text = os.fsdecode(data)
        return FileText(text, "exact", _about(text, mode) or _cut_note(cut), cut)

    def _tree(self, step: int) -> str | None:
        """The tree as of a step: one is written down only where something may have changed."""
        known = [number for number in self._trees if number <= step]
        return self._trees[max(known)] if known and step <= self.last else None

    def _missing(self, step: int) -> str:
        if not self._trees:
            return "No work tree of this run was kept."
        return f"There is no step {step}." if step > self.last else f"The work tree as of step {step} was not kept."

    def _unreadable(self, error: GitError) -> str:
        """Why a tree that was kept cannot be read; the store leans on the objects of the repository."""
        try:
            line = (self._store / "objects" / "info" / "alternates").read_bytes().splitlines()[0]
        except (OSError, IndexError):
            line = b""
        place = Path(os.fsdecode(line).strip('"'))
        if not self._store.exists():
            return "The run's work trees (checkpoints.git) are not there any more."
        if line and not place.is_dir():
            return f"The repository that this run worked on is gone from {place.parent}, and its objects with it."
        return f"The work trees of this run cannot be read: {str(error).splitlines()[0]}"


def trees_of(folder: Path) -> dict[int, str]:
    """The tree id of each step after which a run wrote one down; that of the start is under 0."""
    from nano_agent.formats.source import parse

    try:
        lines = (folder / "events.jsonl").read_bytes().splitlines()
    except OSError:
        return {}
    found: dict[int, str] = {}
    for line in lines:
        if b'"checkpoint"' in line and isinstance(event := parse(line), dict):
            number, tree = event.get("step"), event.get("tree")
            if isinstance(number, int) and isinstance(tree, str) and re.fullmatch(r"[0-9a-f]{40,64}", tree):
                found[number] = tree
    return found


def _about(text: str, mode: str) -> str:
    if mode == "120000":
        return f"A symbolic link to {text}"
    pointer = _POINTER.match(text)
    return f"A pointer to a file of {int(pointer[1]):,} bytes, which is kept elsewhere (LFS)." if pointer else ""


def _cut_note(cut: bool) -> str:
    return f"Only the first {MOST // 1_000_000} MB are shown." if cut else ""
