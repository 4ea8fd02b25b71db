"""What every sandbox must do, ours and those of plugins: run each of `CHECKS` on a `Bed` made with it.

@pytest.fixture
def bed(tmp_path):
    with make_bed("bubblewrap", tmp_path) as bed:
        yield bed

@pytest.mark.parametrize("name", CHECKS)
def test_conforms(bed, name):
    CHECKS[name](bed)
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from nano_agent.sandbox import CommandResult, RunPlace, Sandbox, SandboxOptions, make_sandbox
from nano_agent.sandbox.base import NO_OPTIONS
from nano_agent.sandbox.command import FLOOD_BYTES
from nano_agent.sandbox.files import FileRefused
from nano_agent.workspace import Checkpoints, open_repository
from nano_agent.workspace.preconditions import hide_runs
from support.eventually import eventually
from support.repos import Repo, make_repo

KEY = "marker-7f3a9c2e1b"
"""The value of a variable that must reach no command."""


@dataclass
class Bed:
    """A started sandbox over a repository."""

    sandbox: Sandbox
    repo: Repo
    folder: Path
    """The run folder."""
    own_git: Path | None

    def run(self, command: str, timeout: float = 60, **more: Any) -> CommandResult:
        """Run a command."""
        return self.sandbox.run(command, timeout=timeout, **more)

    def output(self, command: str) -> str:
        """What a command printed; it must have succeeded."""
        result = self.run(command)
        assert (result.ending, result.exit_code) == ("exited", 0), result
        return result.text

    def diff(self, work: Callable[[], object]) -> str:
        """The honest diff of what is done between two looks at the work tree."""
        repository = open_repository(self.repo.root)
        if self.own_git is not None:
            repository = replace(repository, git_dir=self.own_git)
        taken = Checkpoints(repository, self.folder / "checkpoints.git", self.folder.parent)
        base = taken.take(0)
        work()
        return taken.diff(base).decode()


@contextlib.contextmanager
def make_bed(name: str, place: Path, options: SandboxOptions = NO_OPTIONS) -> Iterator[Bed]:
    """A bed for a sandbox by its name; skips the test, with the reason, where it does not work."""
    repo = make_repo(place / "work tree", {"a.txt": "a\n", "sub/b.txt": "b\n", ".gitignore": "*.log\n"})
    runs = repo.root / ".nano-agent"
    folder = runs / "2026-01-01T00-00-00-00000000"
    folder.mkdir(parents=True)
    (folder / "metadata.json").write_text("{}")
    root = repo.root.resolve()
    sandbox = make_sandbox(name, root, options)
    if problem := sandbox.check():
        pytest.skip(f"{name}: {problem}")
    repository = open_repository(root, runs)
    hide_runs(repository, runs)
    try:
        own_git = sandbox.start(RunPlace(f"test-{place.name}", folder, repository))
        yield Bed(sandbox, repo, folder, own_git)
    finally:
        sandbox.close()


def _starts_afresh(bed: Bed) -> None:
    bed.run("cd /; export X=1; umask 777")
    assert bed.output('pwd; echo "[$X]"') == f"{bed.repo.root.resolve()}\n[]\n"


def _input_is_closed(bed: Bed) -> None:
    assert bed.output("cat; read line; echo $?") == "1\n"


def _errors_in_their_place(bed: Bed) -> None:
    result = bed.run("echo one; echo two >&2; echo three; exit 4")
    assert (result.text, result.exit_code, result.ending) == ("one\ntwo\nthree\n", 4, "exited")


def _signals(bed: Bed) -> None:
    assert bed.run("kill -KILL $$").exit_code == 128 + 9
    assert bed.run("sh -c 'kill -TERM $$'; exit $?").exit_code == 128 + 15


def _quoting(bed: Bed) -> None:
    assert (
        bed.output("""printf '%s|' "a  b" 'c"d' \\$HOME '*' "$(echo x)"; echo "\\\\" """) == 'a  b|c"d|$HOME|*|x|\\\n'
    )


def _timeout(bed: Bed) -> None:
    result = bed.run(
        "echo begun; trap '' TERM; echo x > mark.log; while :; do echo x >> mark.log; sleep 0.05; done", 1.5
    )
    assert (result.ending, result.exit_code, result.text) == ("timeout", None, "begun\n")
    _stays(bed.repo.root / "mark.log")


def _background(bed: Bed) -> None:
    result = bed.run("(while :; do echo x >> mark.log; sleep 0.05; done) >/dev/null 2>&1 & sleep 0.3; echo done")
    assert (result.ending, result.exit_code, result.text, result.left_behind) == ("exited", 0, "done\n", True)
    _stays(bed.repo.root / "mark.log")
    assert not bed.run("true & true & wait; echo x | cat").left_behind


def _stays(path: Path) -> None:
    """Nothing writes to it any more, soon."""
    seen = {path.stat().st_size: time.monotonic()}
    eventually(lambda: time.monotonic() - seen.setdefault(path.stat().st_size, time.monotonic()) > 0.3)


def _stop(bed: Bed) -> None:
    asked = threading.Event()
    result = bed.run("echo begun; sleep 1000", on_output=lambda _: asked.set(), stop=asked.is_set)
    assert (result.ending, result.exit_code, result.text) == ("stopped", None, "begun\n")


def _deadline(bed: Bed) -> None:
    assert bed.run("sleep 1000", deadline=time.monotonic() + 0.3).ending == "deadline"


def _streams(bed: Bed) -> None:
    pieces: list[str] = []

    def seen(text: str) -> None:
        pieces.append(text)
        (bed.repo.root / "go.log").touch()

    bed.run("echo one; until test -e go.log; do sleep 0.05; done; echo two", on_output=seen)
    assert pieces == ["one\n", "two\n"]


def _flood(bed: Bed) -> None:
    spill = bed.folder / "outputs" / "flood.txt"
    result = bed.run("yes", spill=spill)
    assert result.ending == "flood"
    assert spill.stat().st_size == result.n_bytes > FLOOD_BYTES


def _odd_commands(bed: Bed) -> None:
    assert bed.run("echo a\0b").exit_code == 127
    assert bed.output("printf 'a\\377\\303'") == "a\ufffd\ufffd"
    assert bed.run("not-a-command-at-all").exit_code == 127


def _environment(bed: Bed) -> None:
    seen = bed.output("env; cat /proc/1/environ /proc/self/environ 2>/dev/null | tr '\\0' '\\n'; true")
    assert KEY not in seen
    assert "PATH=" in seen


def _files(bed: Bed) -> None:
    path = bed.repo.root.resolve() / "sub" / "b.txt"
    path.chmod(0o755)
    bed.sandbox.write_file(path, b"new\n")
    assert bed.output("cat sub/b.txt; test -x sub/b.txt && echo x") == "new\nx\n"
    bed.run("echo from inside > sub/b.txt; mkfifo pipe; echo y > y.txt")
    assert bed.sandbox.read_file(path, 100) == b"from inside\n"
    with pytest.raises(FileRefused):
        bed.sandbox.read_file(bed.repo.root.resolve() / "pipe", 100)
    with pytest.raises(FileRefused):
        bed.sandbox.read_file(path, 3)
    made = (bed.repo.root / "y.txt").stat()
    assert (made.st_uid, made.st_gid) == (bed.repo.root.stat().st_uid, bed.repo.root.stat().st_gid)


def _git(bed: Bed) -> None:
    """Commits work, and the diff tells of all that was done."""

    def work() -> None:
        bed.output("echo changed > a.txt; echo new > new.txt; echo forced > kept.log; git add -f kept.log")
        bed.output("git -c user.name=x -c user.email=x@y commit -qam 'By the agent'; git rm -q sub/b.txt")
        assert "By the agent" in bed.output("git log --oneline")

    diff = bed.diff(work)
    for part in ("+changed", "+new", "deleted file mode 100644", "kept.log"):
        assert part in diff, diff
    assert ".nano-agent" not in diff


def _closing_twice(bed: Bed) -> None:
    bed.sandbox.close()
    bed.sandbox.close()


CHECKS: Mapping[str, Callable[[Bed], None]] = {
    "each command starts afresh in the work tree": _starts_afresh,
    "standard input is closed": _input_is_closed,
    "errors come in their place": _errors_in_their_place,
    "signals are told as a shell tells them": _signals,
    "quoting survives": _quoting,
    "a timeout kills everything": _timeout,
    "the background ends with its command": _background,
    "stop ends a command": _stop,
    "so does the deadline": _deadline,
    "output comes as it is printed": _streams,
    "a flood is bounded": _flood,
    "commands that are none": _odd_commands,
    "no key in the environment": _environment,
    "files": _files,
    "git": _git,
    "closing twice": _closing_twice,
}
"""What it must do -> the check, which raises `AssertionError`."""
