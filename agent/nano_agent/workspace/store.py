"""A git directory of a run's own, over the person's work tree.

Nothing of the repository's configuration is in force in it, for an agent may have written that: no filter, hook,
fsmonitor or diff driver that it names is ever run. What the configuration says about how files are stored is copied
once, before the agent begins.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from pathlib import Path

from nano_agent.workspace.git import GitError, GitRunner
from nano_agent.workspace.preconditions import Repository

_COPIED = (
    *("core.autocrlf", "core.eol", "core.safecrlf", "core.filemode", "core.symlinks", "core.ignorecase"),
    *("core.precomposeunicode", "core.sparsecheckout", "core.sparsecheckoutcone", "extensions.objectformat"),
)
_NO_FILTERS = "* -filter\n"
MARK = "nano-worktree"
"""A file in the `.git` of a run's own work tree, which tells it from other repositories."""


def make_store(repository: Repository, store: Path) -> GitRunner:
    """Make it, or find it made; returns git with this store, an index of its own, and the person's work tree."""
    theirs = GitRunner(repository.root)
    for folder in ("objects/info", "refs/steps", "info"):
        (store / folder).mkdir(parents=True, exist_ok=True)
    (store / "HEAD").write_text("ref: refs/heads/none\n")
    (store / "config").write_text(stored_settings(theirs))
    (store / "objects" / "info" / "alternates").write_bytes(borrowed(_place(theirs, "objects").parent))
    _copy(_place(theirs, "info/exclude"), store / "info" / "exclude")
    _copy(_place(theirs, "info/sparse-checkout"), store / "info" / "sparse-checkout")
    _copy(_place(theirs, "info/attributes"), store / "info" / "attributes")
    with (store / "info" / "attributes").open("a") as file:
        file.write(f"\n{_NO_FILTERS}")
    ours = theirs.with_environment({"GIT_DIR": str(store), "GIT_WORK_TREE": str(repository.root)})
    _start_index(theirs, ours, store, repository.base_commit)
    return ours


def their_index(repository: Repository) -> Path:
    """The person's own index; only ever read."""
    return repository.git_dir / "index"


def _start_index(theirs: GitRunner, ours: GitRunner, store: Path, base: str) -> None:
    """Start from a copy of the person's index: what git knows of unchanged files need not be read again."""
    source = _place(theirs, "index")
    if not source.exists():
        ours.run("read-tree", base)
        return
    for shared in source.parent.glob("sharedindex.*"):
        _copy(shared, store / shared.name)
    _copy(source, store / "index")


def _place(git: GitRunner, name: str) -> Path:
    """Where a file of the repository is; linked work trees share some and have others of their own."""
    return (git.folder / git.run("rev-parse", "--git-path", name).removesuffix("\n")).resolve()


def stored_settings(git: GitRunner) -> str:
    """Of the repository's settings those that say how files are stored, as a configuration file."""
    listing = git.run("config", "-z", "--get-regexp", r"^(core|extensions)\.", ok=(0, 1))
    settings = dict(entry.partition("\n")[::2] for entry in listing.split("\0") if entry)
    kept = {key: value for key, value in settings.items() if key in _COPIED}
    version = 1 if "extensions.objectformat" in kept else 0
    lines = [f"[core]\n\trepositoryformatversion = {version}\n\tbare = false\n"]
    for key, value in kept.items():
        section, _, name = key.partition(".")
        lines.append(f"[{section}]\n\t{name} = {json.dumps(value or 'true')}\n")
    return "".join(lines)


def borrowed(git_dir: Path) -> bytes:
    """The lines of an `alternates` file for whoever borrows the objects of this repository for long.

    A run's own work tree goes away with all that lies in it, so from such a one the original's objects are borrowed.
    """
    if (git_dir / MARK).is_file():
        return (git_dir / "objects" / "info" / "alternates").read_bytes()
    return quoted(git_dir / "objects") + b"\n"


def adopt_objects(source: Path, store: Path) -> None:
    """Give a store all that another one has, as hard links where the file system can; raises `GitError`."""
    try:
        for folder, _, names in os.walk(source / "objects"):
            inside = Path(folder).relative_to(source / "objects")
            if inside.parts[:1] == ("info",):
                continue
            target = store / "objects" / inside
            target.mkdir(parents=True, exist_ok=True)
            for name in names:
                if not name.startswith("tmp_"):
                    _link(Path(folder) / name, target / name)
    except OSError as error:
        raise GitError(f"cannot copy the checkpoints in {source}: {error.strerror or error}") from error


def take_file(source: Path, target: Path) -> None:
    """Have a file in another place too, as a hard link where that can be; one that is not there is left out."""
    with contextlib.suppress(OSError):
        target.parent.mkdir(mode=0o700, exist_ok=True)
        _link(source, target)


def _link(source: Path, target: Path) -> None:
    if target.exists():
        return
    try:
        os.link(source, target)
    except OSError:
        part = target.with_name(f"{target.name}.part")
        shutil.copyfile(source, part)
        part.replace(target)


def unquoted(line: str) -> str:
    """The path that a line of an `alternates` file means."""
    if not line.startswith('"'):
        return line
    return line[1:-1].replace("\\\\", "\0").replace('\\"', '"').replace("\\n", "\n").replace("\0", "\\")


def quoted(path: Path) -> bytes:
    """As git quotes paths in its own files, since a path may hold a newline."""
    raw = str(path).encode(errors="surrogateescape")
    escaped = raw.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n")
    return b'"' + escaped + b'"'


def _copy(source: Path, target: Path) -> None:
    """Copy a file that may not be there."""
    try:
        shutil.copyfile(source, target)
    except FileNotFoundError:
        target.touch()
    except OSError as error:
        raise GitError(f"cannot copy {source}: {error.strerror or error}") from error
