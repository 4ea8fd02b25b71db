"""The work tree after every step as a git tree, and the diff of everything a run did.

The trees live in an object store of the run's own (`checkpoints.git`, with the repository's objects as alternates) and
are made through an index of its own, so the person's index, refs, hooks and object store are never touched.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from nano_agent.workspace.git import GitError, GitRunner
from nano_agent.workspace.preconditions import Repository, excluding
from nano_agent.workspace.stamp import TreeStamp
from nano_agent.workspace.store import make_store, their_index

_DIFF_FLAGS = (
    *("--binary", "--no-color", "--no-ext-diff", "--no-textconv", "--find-renames", "--submodule=short"),
    *("--src-prefix=a/", "--dst-prefix=b/", "--unified=3", "--ignore-submodules=dirty"),
)


class Checkpoints:
    """Takes checkpoints of one repository into one store."""

    def __init__(
        self,
        repository: Repository,
        store: Path,
        runs: Path | None = None,
        warn: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`runs` is where run folders are, which are no part of the work; `warn` is told what git cannot take."""
        self.repository = repository
        self.store = store
        self._warn = warn
        self._warned = set[str]()
        self._paths = excluding(repository.root, runs)
        self._stamp = TreeStamp(repository.root)
        self._index = store / "index"
        self._index_mark: bytes = b""
        self._tree = ""
        self.base = ""
        """The tree that everything is compared with: that of the first checkpoint, unless it is set."""
        try:
            self._git = make_store(repository, store)
        except OSError as error:
            raise GitError(f"cannot make {store}: {error.strerror or error}") from error

    @property
    def tree(self) -> str:
        """The id of the last checkpoint's tree."""
        return self._tree

    def look(self) -> str:
        """The tree id of the work tree as it is now, without a checkpoint of it."""
        self._add()
        return self._git.run("write-tree").strip()

    def take(self, step: int) -> str:
        """Checkpoint the work tree as it is now; returns its tree id, the last one when nothing changed."""
        if self._tree and not self._stamp.changed():
            return self._tree
        self._add()
        mark = _trailer(self._index)
        if mark != self._index_mark or not self._tree:
            self._index_mark = mark
            tree = self._git.run("write-tree").strip()
            if tree != self._tree:
                self._tree = tree
                self._name(step, tree)
        self.base = self.base or self._tree
        return self._tree

    def diff(self, base: str) -> bytes:
        """The unified diff from tree `base` to the work tree as it is now, in the bytes of its files.

        New, staged, deleted and committed work is in it; files that are ignored are only in it when the run put them
        under version control.
        """
        self._add()
        if forced := self._forced():
            spec = os.fsencode("\0".join(f":(top,literal){name}" for name in forced))
            self._git.run("add", "--force", "--pathspec-from-file=-", "--pathspec-file-nul", stdin=spec)
        return self.between(base, self._git.run("write-tree").strip())

    def between(self, base: str, tree: str) -> bytes:
        """The unified diff between two trees of the store."""
        return self._git.run_bytes("diff", *_DIFF_FLAGS, base, tree)

    def names_between(self, base: str, tree: str) -> str:
        """The names of the files that differ between two trees of the store, a NUL after each."""
        return self._git.run("diff-tree", "-r", "-z", "--name-only", base, tree)

    def text_of(self, tree: str, name: str) -> str:
        """The text of a file in a tree; empty where it has no such file."""
        return self._git.run_bytes("cat-file", "blob", f"{tree}:{name}", ok=(0, 128)).decode("utf-8", "replace")

    def _add(self) -> None:
        """Bring the index up to the work tree. What git cannot take (an unreadable file) is left out, and said."""
        said = self._git.complaints("add", "--all", "--ignore-errors", "--", *self._paths)
        for line in said.splitlines():
            if line.startswith(("error:", "warning: adding embedded")) and line not in self._warned:
                self._warned.add(line)
                self._warn(f"not part of the diff: {line.partition(': ')[2]}")

    def _forced(self) -> list[str]:
        """Files that are ignored and yet in the person's index; run folders are never among them."""
        if not their_index(self.repository).is_file():
            return []  # none yet, or a pipe, on which git would wait for ever
        reading = self._git.with_environment({"GIT_INDEX_FILE": str(their_index(self.repository))})
        try:
            listing = reading.run("ls-files", "-z", "--cached", "--ignored", "--exclude-standard", "--", *self._paths)
        except GitError as error:
            self._warn(f"the repository's index cannot be read, so files that are ignored are not in the diff: {error}")
            return []
        return [name for name in listing.split("\0") if name and os.path.lexists(self.repository.root / name)]

    def _name(self, step: int, tree: str) -> None:
        """A ref, so that git in this store never takes the tree for garbage."""
        (self.store / "refs" / "steps" / f"{step:05d}").write_text(f"{tree}\n")


def restore_tree(store: Path, tree: str, into: Path) -> None:
    """Write the files of a checkpoint's tree into an existing folder; raises `GitError` when the tree is not there."""
    into, store = into.resolve(), store.resolve()
    index = into / ".restore-index"
    places = {"GIT_DIR": str(store), "GIT_WORK_TREE": str(into), "GIT_INDEX_FILE": str(index)}
    git = GitRunner(into).with_environment(places)
    try:
        git.run("read-tree", tree)
        git.run("checkout-index", "--all", "--force")
    finally:
        index.unlink(missing_ok=True)


def _trailer(index: Path) -> bytes:
    """The checksum at the end of an index file, which is different whenever anything in it is."""
    try:
        with index.open("rb") as file:
            file.seek(-20, os.SEEK_END)
            return file.read()
    except OSError as error:
        raise GitError(f"the checkpoint index is gone: {error.strerror}") from error
