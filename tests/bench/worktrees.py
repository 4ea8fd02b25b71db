"""A work tree for one run of several: ours beside `git worktree` and a whole clone, in a repository of 5,000 files."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
import time
from pathlib import Path

from bench.measure import interleaved, machine, median, table
from nano_agent.workspace import open_repository
from nano_agent.workspace.tenancy import move_in
from nano_agent.workspace.worktree import make_worktree
from support.repos import Repo, make_repo

FILES = 5000
_numbers = itertools.count()


def main() -> None:
    print(machine())
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        os.environ["NANO_WORKTREES_DIR"] = str(place / "worktrees")
        repo = make_repo(place / "repository", {f"d{n % 50}/f{n}.py": f"value = {n}\n" * 20 for n in range(FILES)})
        taken = interleaved(
            {"ours": lambda: ours(repo), "git worktree": lambda: linked(repo), "clone": lambda: cloned(repo)}
        )
        rows = [[name, f"{median(times):.2f}", _size(place, name, repo)] for name, times in taken.items()]
    table(["one work tree", "seconds, median", "kB beside its files"], rows)


def ours(repo: Repo) -> float:
    started = time.perf_counter()
    tree = make_worktree(open_repository(repo.root), move_in(f"one-{next(_numbers)}", repo.root, repo.root))
    seconds = time.perf_counter() - started
    tree.leave()
    return seconds


def linked(repo: Repo) -> float:
    started = time.perf_counter()
    repo.git("worktree", "add", "--quiet", "--detach", repo.root.parent / "linked")
    seconds = time.perf_counter() - started
    repo.git("worktree", "remove", "--force", repo.root.parent / "linked")
    return seconds


def cloned(repo: Repo) -> float:
    started = time.perf_counter()
    repo.git("clone", "--quiet", "--no-hardlinks", repo.root, repo.root.parent / "clone")
    seconds = time.perf_counter() - started
    shutil.rmtree(repo.root.parent / "clone")
    return seconds


def _size(place: Path, name: str, repo: Repo) -> str:
    if name == "ours":
        tree = make_worktree(open_repository(repo.root), move_in("sized", repo.root, repo.root))
        return f"{_kilobytes(tree.root / '.git'):,}"
    if name == "clone":
        repo.git("clone", "--quiet", "--no-hardlinks", repo.root, place / "clone")
        return f"{_kilobytes(place / 'clone' / '.git'):,}"
    repo.git("worktree", "add", "--quiet", "--detach", place / "linked")
    return f"{_kilobytes(repo.root / '.git' / 'worktrees'):,}"


def _kilobytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) // 1000


if __name__ == "__main__":
    main()
