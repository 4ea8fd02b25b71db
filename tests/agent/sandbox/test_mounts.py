"""The one list of mounts that all sandboxes spell."""

from __future__ import annotations

from pathlib import Path

from nano_agent.sandbox.mounts import Mount, repository_mounts
from nano_agent.sandbox.own_git import OwnGit
from nano_agent.workspace import open_repository
from support.repos import Repo, make_repo


def test_a_run_folder_in_a_submodule_is_covered_after_the_submodule(tmp_path: Path) -> None:
    repo: Repo = make_repo(tmp_path / "repo")
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{repo.git('rev-parse', 'HEAD').strip()},deep/sub")
    repo.git("commit", "--quiet", "--message", "A submodule")
    run = repo.root / "deep" / "sub" / "runs" / "one"
    run.mkdir(parents=True)
    (run / "metadata.json").touch()
    repository = open_repository(repo.root, run.parent)
    mounts = repository_mounts(repository, run, OwnGit(repository, run / "repository.git"))
    targets = [Path(mount.target).relative_to(repo.root) for mount in mounts[:4]]
    assert targets == [Path(), Path("deep"), Path("deep/sub"), Path("deep/sub/runs")]
    assert [mount.source is None for mount in mounts[:4]] == [False, False, False, True]


def test_a_mount_as_bubblewrap_and_as_a_container_take_it() -> None:
    assert Mount("/a", "/b").bwrap == ["--bind", "/a", "/b"]
    assert Mount("/a", "/b", writable=False).bwrap == ["--ro-bind", "/a", "/b"]
    assert Mount(None, "/b").bwrap == ["--tmpfs", "/b", "--remount-ro", "/b"]
    assert Mount("/a,b", "/c", writable=False).words == 'type=bind,"source=/a,b",target=/c,readonly'
