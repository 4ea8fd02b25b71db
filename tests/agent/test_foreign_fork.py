"""Forks of trajectories that others wrote: the history converted, the files rebuilt from the edits on a commit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nano_agent import Trajectory
from nano_agent.checks import CannotStart
from nano_agent.events import Redoing
from nano_agent.finishing import Outcome
from nano_agent.foreign_fork import foreign_fork_spec
from nano_agent.record import Follower
from nano_agent.run import Run
from nano_agent.runs import make_run
from nano_agent.starter import Starter
from nano_agent.workspace.tenancy import worktrees_dir
from support.engine import Bench, check_history, events, metadata
from support.eventually import eventually
from support.recordings import patch
from support.runs import call, history, mini_file, nano_folder, result, say


@pytest.fixture(autouse=True)
def _worktrees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NANO_WORKTREES_DIR", str(tmp_path / "worktrees"))


def fork(bench: Bench, path: Path, step: int, **changes: Any) -> tuple[Run, Outcome]:
    settings = {"model": bench.model([patch("three", "3", "b.txt"), "Done."]), "sandbox": "local", **changes}
    spec = foreign_fork_spec(path, step, bench.repo.root, limits=["token_limit=none"], **settings)
    run = make_run(spec)
    outcome = run.execute()
    check_history(run.history.messages)
    return run, outcome


def test_edits_are_made_again_and_commands_are_not(bench: Bench) -> None:
    path = nano_folder(
        bench.place / "foreign",
        history(
            "Mend it",
            call("c1", "shell", cmd="mktemp must-not-be-there"),
            result("c1", ""),
            call("c2", "apply_patch", search="one", replace="1", file="b.txt"),
            result("c2", "[patch applied to b.txt]"),
            call("c3", "apply_patch", search="absent", replace="x", file="b.txt"),
            result("c3", "[patch failed: search does not occur in the file]"),
            call("c4", "apply_patch", search="two", replace="2", file="b.txt"),
            result("c4", "[patch applied to b.txt]"),
            say("Done."),
        ),
    )
    before = bench.repo.belongings()
    run, outcome = fork(bench, path, 3, say="Three as well.")
    assert outcome.exit_status == "done"
    assert "-one\n+1\n two\n-three\n+3\n" in outcome.diff
    assert "must-not-be-there" not in outcome.diff
    texts = [message["content"] for message in run.history.messages]
    assert texts[0].startswith("You are Nano, a software engineer")
    assert texts[1] == "Mend it"
    assert "Three as well." in texts
    assert (metadata(run.folder)["forked_from"]["format"], metadata(run.folder)["forked_from"]["step"]) == ("nano", 3)
    said = " ".join(event["text"] for event in events(run.folder, "warning"))
    assert "none of its commands were run" in said
    found = Trajectory.load(run.folder)
    assert (len(found.steps), found.messages[4].note) == (5, "taken over")
    assert bench.repo.belongings() == before
    assert list(worktrees_dir().iterdir()) == []


def test_edits_in_the_shell_of_another_agent_and_its_odd_ends(bench: Bench) -> None:
    commands = [
        "cat > made.py <<'EOF'\nprint(1)\nEOF",
        "sed -i 's/one/1/' b.txt && rm a.py",
        "python fix.py > /dev/null; cat > ../../outside.txt <<'EOF'\nx\nEOF",
    ]
    path = mini_file(bench.place / "a.traj.json", commands=commands)
    run, outcome = fork(bench, path, 3)
    assert outcome.exit_status == "done"
    assert "+++ b/made.py\n@@ -0,0 +1 @@\n+print(1)\n" in outcome.diff
    assert "deleted file" in outcome.diff
    assert "-one\n+1\n" in outcome.diff
    assert not (bench.place / "outside.txt").exists()
    assert not (worktrees_dir().parent / "outside.txt").exists()
    assert metadata(run.folder)["repo_root"] == str(bench.repo.root)


@pytest.mark.parametrize(
    ("environment", "how"), [("docker.DockerEnvironment", "local by bash"), ("local.LocalEnvironment", "local")]
)
def test_commands_are_run_again_by_the_shell_that_ran_them(bench: Bench, environment: str, how: str) -> None:
    path = mini_file(bench.place / "a.traj.json", commands=['[ -n "$BASH_VERSION" ]; echo $? > by-sh.txt; echo ok'])
    document = json.loads(path.read_text())
    document["info"]["config"]["environment_type"] = f"minisweagent.environments.{environment}"
    path.write_text(json.dumps(document))
    run, outcome = fork(bench, path, 1, rerun_commands=True)
    said = [event["text"] for event in events(run.folder, "warning")]
    assert f"1 of 1 commands came to what was recorded when they were run again in {how}" in said
    assert f"+{int(how == 'local')}\n" in outcome.diff


@pytest.mark.parametrize("warm", [False, True], ids=["cold", "warm"])
def test_who_starts_it_hears_which_command_is_run_again(bench: Bench, warm: bool) -> None:
    path = mini_file(bench.place / "a.traj.json", commands=["echo ok", "cat > b.txt <<'EOF'\nx\nEOF", "echo three"])
    model = bench.model([patch("print('a')", "print('b')", "a.py"), "Done."])
    wanted = foreign_fork_spec(path, 2, bench.repo.root, rerun_commands=True, model=model, sandbox="local")
    heard: list[Redoing] = []
    starter = Starter()
    if warm:
        starter.warm_up(wanted)
    folder = starter.launch(wanted, heard.append)
    starter.close()
    assert heard == [Redoing(1, 2, "echo ok"), Redoing(2, 2, "cat > b.txt <<'EOF' x EOF")]
    eventually(lambda: Follower(folder).poll().state.ended, "it never ended")


def test_commands_are_run_again_when_that_is_asked_for(bench: Bench) -> None:
    commands = [
        "printf 'made\\n' > made.txt; echo ok",
        "rm a.py; echo something else",
        "cat absent.txt",
        "mkdir -p deep && cd deep && touch down.txt && echo ok",
    ]
    path = mini_file(bench.place / "a.traj.json", commands=commands)
    before = bench.repo.belongings()
    run, outcome = fork(bench, path, 4, rerun_commands=True)
    assert outcome.exit_status == "done"
    for changed in ("+++ b/made.txt", "deep/down.txt", "deleted file"):
        assert changed in outcome.diff
    said = [event["text"] for event in events(run.folder, "warning")]
    assert "its commands run again in a sandbox" in said[0]
    assert said[2] == "2 of 4 commands came to what was recorded when they were run again in local"
    assert said[3:5] == [
        "step 2: another output: rm a.py; echo something else",
        "step 3: exit code 0 then, 1 now: cat absent.txt",
    ]
    assert metadata(run.folder)["forked_from"]["format"] == "mini_swe_agent"
    assert bench.repo.belongings() == before
    assert list(worktrees_dir().iterdir()) == []


def test_an_edit_that_does_not_fit_the_commit_is_said(bench: Bench) -> None:
    path = nano_folder(
        bench.place / "foreign",
        history(
            "Mend it",
            call("c1", "apply_patch", search="of another version", replace="1", file="b.txt"),
            result("c1", "[patch applied to b.txt]"),
        ),
    )
    run, _ = fork(bench, path, 1)
    said = " ".join(event["text"] for event in events(run.folder, "warning"))
    assert "an edit does not fit what is known of the file (b.txt)" in said
    assert "b.txt is as at the start: what the run made of it cannot be told" in said


def test_what_cannot_be_taken_over_is_said(bench: Bench) -> None:
    path = mini_file(bench.place / "a.traj.json")
    with pytest.raises(CannotStart, match="has steps 1 to 1 "):
        fork(bench, path, 7)
    with pytest.raises(CannotStart, match="has no commit nowhere; choose another repository or commit"):
        fork(bench, path, 1, commit="nowhere")
    with pytest.raises(CannotStart, match="The replies so far are tool calls, and mini-coding-agent reads tags"):
        fork(bench, path, 1, scaffold="mini-coding-agent")
