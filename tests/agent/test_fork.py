"""Forks: the history and the files of a step, in a work tree of its own; the person's checkout is not touched."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from nano_agent import Trajectory
from nano_agent.checks import CannotStart
from nano_agent.finishing import Outcome
from nano_agent.forking import fork_spec
from nano_agent.run import Run
from nano_agent.runs import make_run
from nano_agent.workspace import restore_tree
from nano_agent.workspace.tenancy import worktrees_dir
from support.engine import Bench, check_history, events, lines, metadata
from support.recordings import Entry, Said, patch, shell

PARENT: list[Entry] = [
    [shell("ls"), patch("one", "1", "b.txt")],
    [patch("", "new\n", "new/file.txt"), shell("seq 2000")],
    patch("print('a')", "print('b')", "a.py"),
    "It is done.",
]


@pytest.fixture(autouse=True)
def _worktrees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NANO_WORKTREES_DIR", str(tmp_path / "worktrees"))


@pytest.fixture
def parent(bench: Bench) -> Path:
    agent = bench.run(PARENT, sandbox="local", runs_dir=bench.place / "runs")
    assert agent.out_dir is not None
    bench.repo.git("checkout", "--quiet", ".")
    bench.repo.git("clean", "-fdq")
    return agent.out_dir


def fork(parent: Path, step: int, **changes: Any) -> tuple[Run, Outcome]:
    run = make_run(fork_spec(parent, step, **changes))
    outcome = run.execute()
    check_history(run.history.messages)
    return run, outcome


def files_in(folder: Path) -> dict[str, bytes]:
    paths = {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*")) if path.is_file()}
    return {name: path.read_bytes() for name, path in paths.items() if not name.startswith(".git/")}


@pytest.mark.parametrize("step", [0, 1, 2, 3])
def test_a_fork_begins_with_the_history_and_the_files_of_the_step(bench: Bench, parent: Path, step: int) -> None:
    history = (parent / "messages.jsonl").read_bytes().splitlines(keepends=True)
    replies = [i for i, line in enumerate(history) if json.loads(line)["role"] == "assistant"]
    before = bench.repo.belongings()
    again = bench.model([shell("ls"), patch("two", "2", "b.txt"), "It is done."])
    run, outcome = fork(parent, step, model=again, keep_worktree=True)
    assert outcome.exit_status == "done"
    mine = (run.folder / "messages.jsonl").read_bytes()
    assert mine.startswith(b"".join(history[: replies[step]]))
    assert len(mine.splitlines()) == replies[step] + 5
    tree = {event["step"]: event["tree"] for event in events(parent, "checkpoint") if event["step"] <= step}
    restored = bench.place / "restored"
    restored.mkdir()
    restore_tree(parent / "checkpoints.git", tree[max(tree)], restored)
    assert events(run.folder, "checkpoint")[-2]["tree"] == tree[max(tree)]
    expected = files_in(restored)
    expected["b.txt"] = expected["b.txt"].replace(b"two", b"2")
    assert files_in(run.repository.root) == expected
    assert bench.repo.belongings() == before
    assert bench.repo.status() == ""


def test_the_diff_is_against_the_original_base_and_the_record_says_where_it_comes_from(
    bench: Bench, parent: Path
) -> None:
    run, outcome = fork(parent, 1, model=bench.model([patch("two", "2", "b.txt"), "It is done."]), say="Two as well.")
    assert "-one\n-two\n+1\n+2\n" in outcome.diff
    facts, was = metadata(run.folder), metadata(parent)
    assert facts["forked_from"]["run"] == was["run_id"]
    assert facts["forked_from"]["step"] == 1
    assert (facts["base_commit"], facts["base_tree"]) == (was["base_commit"], was["base_tree"])
    assert facts["repo_root"] == str(bench.repo.root)
    assert not Path(facts["worktree"]).exists()
    assert list(worktrees_dir().iterdir()) == []
    assert lines(run.folder / "messages.jsonl")[5] == {"role": "user", "content": "Two as well."}


def test_what_is_taken_over_was_paid_for_by_the_other_run(bench: Bench, parent: Path) -> None:
    from nano_agent.record import Follower
    from nano_agent.trajectory import Usage

    spent = Usage(100, 10, None, None, 0.5)
    replies = [Said(calls=[patch("two", "2", "b.txt")], usage=spent), Said("Done.", usage=spent)]
    run, _ = fork(parent, 2, model=bench.model(replies))
    found = Trajectory.load(run.folder)
    assert (found.usage.cost_usd, found.usage.prompt_tokens) == (1.0, 200)
    assert (len(found.steps), found.messages[2].note, found.messages[-1].note) == (4, "taken over", "")
    state = Follower(run.folder).poll().state
    assert (state.step, state.tool_calls, state.cost_usd) == (4, 1, 1.0)
    totals = metadata(run.folder)["totals"]
    assert (totals["steps"], totals["tool_calls"], totals["cost_usd"]) == (2, 1, 1.0)
    whole = found.messages[7].output_path
    assert whole is not None
    assert whole.parent == run.folder / "outputs"
    assert whole.read_text().endswith("2000\n")


def test_a_fork_of_a_fork(bench: Bench, parent: Path) -> None:
    first, _ = fork(parent, 1, model=bench.model([patch("two", "2", "b.txt"), patch("three", "3", "b.txt"), "Done."]))
    second, outcome = fork(first.folder, 2, model=bench.model([patch("", "x", "x.txt"), "Done."]))
    assert "-one\n-two\n+1\n+2\n three" in outcome.diff
    assert metadata(second.folder)["forked_from"]["run"] == first.id
    # A step that both have taken over from the first of them.
    third, outcome = fork(second.folder, 1, model=bench.model(["Nothing more to do."]))
    assert outcome.exit_status == "done"
    assert "+1\n two" in outcome.diff
    assert third.folder.parent == parent.parent


def test_the_person_may_have_changed_everything_meanwhile(bench: Bench, parent: Path) -> None:
    bench.repo.write({"b.txt": "mine\n", "other.txt": "mine too\n"}).git("add", "b.txt")
    bench.repo.git("stash", "--quiet")
    bench.repo.write({"b.txt": "mine again\n"}).git("add", "b.txt")
    before, status = bench.repo.belongings(), bench.repo.status()
    replies: list[Entry] = [
        shell("git stash list; git add -A; git commit -qm x; git branch mine; git stash clear; git log --oneline"),
        "Done.",
    ]
    run, outcome = fork(parent, 2, model=bench.model(replies), sandbox="local")
    assert outcome.exit_status == "done"
    assert bench.repo.belongings() == before
    assert bench.repo.status() == status
    answer = lines(run.folder / "messages.jsonl")[9]["content"]
    assert "stash@" not in answer
    assert "Start" in answer


def test_links_modes_and_submodules_are_as_in_the_checkpoint_and_ignored_files_are_named(bench: Bench) -> None:
    repo = bench.repo
    repo.write({".gitignore": ".venv/\n", "run.sh": "#!/bin/sh\n", "big.bin": os.urandom(3_000_000)})
    (repo.root / "link").symlink_to("b.txt")
    (repo.root / "run.sh").chmod(0o755)
    repo.commit()
    repo.write({".venv/bin/python": "x"})
    agent = bench.run([shell("ln -s nowhere dangling; chmod +x b.txt"), "Done."], sandbox="local")
    assert agent.out_dir is not None
    run, _ = fork(agent.out_dir, 1, model=bench.model(["Done."]), keep_worktree=True)
    root = run.repository.root
    assert (root / "link").readlink() == Path("b.txt")
    assert (root / "dangling").readlink() == Path("nowhere")
    assert os.access(root / "run.sh", os.X_OK)
    assert os.access(root / "b.txt", os.X_OK)
    assert (root / "big.bin").read_bytes() == (repo.root / "big.bin").read_bytes()
    assert not (root / ".venv").exists()
    (warning,) = [e["text"] for e in events(run.folder, "warning") if "ignores" in e["text"]]
    assert warning.endswith(": .venv/")


def test_the_last_message_may_be_edited_and_the_limits_changed(bench: Bench, parent: Path) -> None:
    run, _ = fork(parent, 0, model=bench.model(["Done."]), last="Do something else", limits=["tool_limit=7"])
    assert run.history.messages[1]["content"] == "Do something else"
    assert metadata(run.folder)["limits"]["tool_limit"] == 7
    assert metadata(run.folder)["task"] == "Do something else"
    answered, _ = fork(parent, 2, model=bench.model(["Done."]), last="1 2 3", limits=["tool_limit=+5"])
    assert answered.history.messages[7]["content"] == "1 2 3"
    assert answered.history.messages[7]["tool_call_id"]
    assert metadata(answered.folder)["limits"]["tool_limit"] == metadata(parent)["limits"]["tool_limit"] + 5


def test_signed_reasoning_goes_when_the_model_changes(bench: Bench) -> None:
    folder = bench.run([patch("one", "1", "b.txt"), "Done."]).out_dir
    assert folder is not None
    history = lines(folder / "messages.jsonl")
    history[2] |= {"thinking_blocks": [{"type": "thinking", "signature": "abc"}], "reasoning_content": "Hm."}
    (folder / "messages.jsonl").write_text("".join(json.dumps(message) + "\n" for message in history))
    bench.repo.git("checkout", "--quiet", ".")
    run, _ = fork(folder, 1, model=bench.model(["Done."]))
    assert "thinking_blocks" not in run.history.messages[2]
    assert run.history.messages[2]["reasoning_content"] == "Hm."
    assert "signed reasoning was taken out of 1 reply: another model wrote it" in [
        event["text"] for event in events(run.folder, "warning")
    ]


@pytest.mark.parametrize(
    ("step", "changes", "words"),
    [
        (9, {}, "has steps 1 to 4 "),
        (4, {}, "asks for nothing; say what comes next with --say"),
        (1, {"limits": ["tool_limit=few"]}, "'tool_limit=few' is no limit"),
        (1, {"limits": ["token_limit=700"]}, "raise it, for example with --limit token_limit="),
        (1, {"scaffold": "other"}, "unknown scaffold 'other'"),
    ],
)
def test_what_cannot_be_forked_is_said(parent: Path, step: int, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(CannotStart) as refusal:
        make_run(fork_spec(parent, step, **changes))
    assert words in str(refusal.value)


def test_a_scaffold_that_was_not_recorded_whole_is_said_and_another_taken(bench: Bench, parent: Path) -> None:
    known = metadata(parent)
    del known["scaffold"]["protocol"], known["scaffold"]["system"]
    (parent / "metadata.json").write_text(json.dumps(known))
    sentence = r"What was recorded of the scaffold nano cannot be used: \w+: field required\. A fork can take another"
    with pytest.raises(CannotStart, match=sentence):
        make_run(fork_spec(parent, 1))
    _, outcome = fork(parent, 2, scaffold="nano", model=bench.model([patch("two", "2", "b.txt"), "Done."]))
    assert outcome.exit_status == "done"


def test_checkpoints_that_are_gone_are_said_and_leave_nothing_behind(parent: Path) -> None:
    import shutil

    shutil.rmtree(parent / "checkpoints.git")
    with pytest.raises(CannotStart, match="the files of step 1 cannot be restored"):
        make_run(fork_spec(parent, 1)).execute()
    assert list(worktrees_dir().iterdir()) == []
    assert len(list(parent.parent.iterdir())) == 1


def test_the_family_is_drawn_as_a_tree(bench: Bench, parent: Path) -> None:
    import shutil
    import subprocess
    import sys

    from nano_agent.family import family_of

    replies: list[Entry] = [patch("two", "2", "b.txt"), "Done."]
    first, _ = fork(parent, 2, model=bench.model(replies))
    second, _ = fork(parent, 1, model=bench.model(replies))
    third, _ = fork(second.folder, 2, model=bench.model(["Done."]))
    bench.run(["x", "y"], tool_limit=1, runs_dir=parent.parent)
    for folder in (parent, first.folder, second.folder, third.folder):
        members = family_of(folder)
        assert [(one.lead, one.id, one.step, one.status) for one in members] == [
            ("", parent.name, None, "done"),
            ("├─ ", second.id, 1, "done"),
            ("│  └─ ", third.id, 2, "done"),
            ("└─ ", first.id, 2, "done"),
        ]
    line = [sys.executable, "-m", "nano_tui", "ls", "--tree", str(parent.parent)]
    environ = {**os.environ, "XDG_CACHE_HOME": str(bench.place / "cache")}
    listed = subprocess.run(line, capture_output=True, text=True, check=True, env=environ).stdout
    assert f"\n│  └─ {third.id}  after step 2  done  3 steps  " in listed
    assert len(listed.splitlines()) == 5
    shutil.rmtree(parent)
    assert [one.lead for one in family_of(third.folder)] == ["", "└─ "]


def test_in_a_sandbox_git_works_in_the_forks_work_tree_and_commits_stay_to_be_had(bench: Bench) -> None:
    from nano_agent.sandbox import make_sandbox

    if problem := make_sandbox("bubblewrap", bench.repo.root).check():
        pytest.skip(problem)
    bench.repo.git("config", "user.name", "A Person")
    bench.repo.git("config", "user.email", "person@localhost")
    folder = bench.run([patch("one", "1", "b.txt"), "Done."], runs_dir=bench.place / "runs").out_dir
    assert folder is not None
    replies: list[Entry] = [
        shell("git log --oneline; git status -s"),
        shell("git commit -qam mine; git log -1 --format=%s"),
    ]
    run, outcome = fork(folder, 1, model=bench.model([*replies, "Done."]), sandbox="bubblewrap")
    assert outcome.exit_status == "done"
    answers = [message["content"] for message in run.history.messages if message["role"] == "tool"]
    assert answers[1].endswith(" Start\n M b.txt\n")
    assert "warning" not in answers[1]
    assert answers[2] == "mine\n"
    assert list(worktrees_dir().iterdir()) == []
    kept = run.folder / "repository.git"
    bench.repo.git("fetch", "--quiet", kept, "HEAD")
    assert bench.repo.git("show", "FETCH_HEAD:b.txt") == "1\ntwo\nthree\n"
