"""Which sandbox a run gets and what it says of it; sandboxes of other packages."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nano_agent import Agent
from nano_agent.checks import CannotStart
from nano_agent.sandbox import bubblewrap_check, choose_sandbox, make_sandbox, registry, sandbox_names
from nano_agent.sandbox.base import NO_OPTIONS
from nano_agent.sandbox.listing import list_sandboxes
from support.engine import Bench, answers, events, metadata
from support.recordings import patch, shell
from support.repos import Repo, make_repo
from support.sandboxes import CHECKS, make_bed

FIX = patch("print('a')", "print('b')", "a.py")


@pytest.fixture
def no_bubblewrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A PATH that has what a run needs, and no bwrap."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("git", "sh", "bash", "grep", "cat", "true"):
        (programs / name).symlink_to(shutil.which(name) or name)
    monkeypatch.setenv("PATH", str(programs))


def needs_bubblewrap() -> None:
    if problem := bubblewrap_check.why_not():
        pytest.skip(problem)


def test_without_bubblewrap_a_run_says_so_before_all_else(bench: Bench, no_bubblewrap: None) -> None:
    agent = bench.run([shell("cd /"), FIX, "Done."])
    assert agent.out_dir is not None
    said = metadata(agent.out_dir)
    assert said["sandbox"] == "rbash"
    assert "bubblewrap is not installed (apt install bubblewrap" in said["sandbox_warning"]
    (warning,) = [event for event in events(agent.out_dir, "warning") if "No sandbox" in event["text"]]
    assert warning["text"] == said["sandbox_warning"]
    assert "restricted" in answers(agent)[0]


def test_what_was_asked_for_is_not_replaced(bench: Bench, no_bubblewrap: None) -> None:
    for name in ("bubblewrap", "podman", "moon"):
        with pytest.raises(CannotStart) as refused:
            Agent(bench.model(["x"]), sandbox=name).run("x", bench.repo.root)
        assert refused.value.field == "sandbox"
    assert choose_sandbox("local", "rbash", bench.repo.root, NO_OPTIONS).sandbox.name == "local"


def test_a_scaffold_that_confines_nothing_gets_bubblewrap_with_its_own_shell(bench: Bench) -> None:
    needs_bubblewrap()
    agent = bench.run([shell("cd / && echo got out"), shell("ls .nano-agent; echo x > y"), FIX, "Done."])
    assert agent.out_dir is not None
    said = metadata(agent.out_dir)
    assert (said["sandbox"], said["sandbox_warning"], said["network"]) == ("bubblewrap", None, False)
    assert "cd: restricted" in answers(agent)[0]
    assert not (bench.repo.root / "y").exists()
    assert bench.repo.status().split() == ["M", "a.py"]


def test_what_a_run_commits_is_in_its_folder_and_it_says_how_to_take_it(bench: Bench) -> None:
    needs_bubblewrap()
    bench.repo.git("config", "user.name", "A Person")
    bench.repo.git("config", "user.email", "person@localhost")
    bench.repo.git("remote", "add", "origin", "https://user:marker-7f3a@localhost/x.git")
    commit = "echo new > new.txt; git add -A; git commit -qm 'By the agent'; git log --format=%an%s -1; git remote -v"
    agent = bench.run([shell(commit), "Done."], scaffold="nano", config=["sandbox=local"])
    assert agent.out_dir is not None
    assert answers(agent) == ["A PersonBy the agent\n"]
    assert "+new" in (agent.out_dir / "diff.txt").read_text()
    assert "By the agent" not in bench.repo.git("log", "--all")
    (note,) = [event["text"] for event in events(agent.out_dir, "warning") if "committed" in event["text"]]
    bench.repo.git("stash", "-qu")
    bench.repo.git("-c", "protocol.file.allow=always", *note.partition("git ")[2].split())
    assert "By the agent" in bench.repo.git("log", "FETCH_HEAD", "--format=%s")


def test_a_linked_work_tree(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "main")
    repo.git("worktree", "add", "--quiet", "-b", "side", tmp_path / "side")
    needs_bubblewrap()
    agent = Agent(Bench(tmp_path).model([shell("git log --oneline; git branch --show-current"), FIX, "Done."]))
    diff = agent.run("x", tmp_path / "side")
    assert "+print('b')" in diff
    assert answers(agent)[0].endswith("Start\nside\n")
    assert Repo(tmp_path / "side").status().split() == ["M", "a.py"]


def test_what_a_machine_lacks_is_said_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bubblewrap_check, "in_container", lambda: True)
    said = bubblewrap_check.explain("Can't mount proc on /newroot/proc: Operation not permitted")
    assert "--security-opt systempaths=unconfined" in said
    assert "--sandbox local" in said
    monkeypatch.setattr(bubblewrap_check, "in_container", lambda: False)
    monkeypatch.setattr(bubblewrap_check, "_read", lambda path: "1" if "apparmor" in path else "")
    said = bubblewrap_check.explain("setting up uid map: Permission denied")
    assert said.endswith("allow them with: sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0")


PLUGIN = """
from nano_agent.sandbox import LocalSandbox

class Moon(LocalSandbox):
    name = "moon"
    summary = "far away"
"""


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An installed package with a sandbox, and one that is broken."""
    place = tmp_path / "packages"
    (place / "moon-1.dist-info").mkdir(parents=True)
    (place / "moon.py").write_text(PLUGIN)
    (place / "moon-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: moon\nVersion: 1\n")
    points = f"[{registry.GROUP}]\nmoon = moon:Moon\nbroken = no_such_module:X\n"
    (place / "moon-1.dist-info" / "entry_points.txt").write_text(points)
    monkeypatch.syspath_prepend(str(place))
    registry._plugins.cache_clear()
    yield
    registry._plugins.cache_clear()
    sys.modules.pop("moon", None)


def test_a_plugin_is_a_sandbox_like_ours(plugin: None, tmp_path: Path) -> None:
    assert {"moon", "broken"} <= set(sandbox_names())
    with make_bed("moon", tmp_path) as bed:
        for name in ("quoting survives", "the background ends with its command", "files"):
            CHECKS[name](bed)
    listed = {entry.name: entry for entry in list_sandboxes(tmp_path)}
    assert (listed["moon"].summary, listed["moon"].problem) == ("far away", None)
    assert "cannot be loaded" in (listed["broken"].problem or "")
    with pytest.raises(ValueError, match="cannot be loaded: No module named 'no_such_module'"):
        make_sandbox("broken", tmp_path)
