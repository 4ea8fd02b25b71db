"""What a run that was killed leaves of its sandbox, and what the next one makes of that."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from nano_agent.sandbox import scratch as scratch_module
from nano_agent.sandbox.base import SandboxError
from nano_agent.sandbox.bubblewrap_check import why_not
from nano_agent.sandbox.scratch import Scratch, scratch_parent
from support.eventually import eventually
from support.sandboxes import make_bed

KILLED = """
import sys
from pathlib import Path
from support.sandboxes import make_bed
with make_bed("bubblewrap", Path(sys.argv[1])) as bed:
    print("ready", flush=True)
    bed.run("setsid sh -c 'while echo x >> mark.log; do sleep 0.05; done' & sleep 1000", timeout=1000)
"""


@pytest.fixture(autouse=True)
def _own_temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setenv("TMPDIR", str(place))
    monkeypatch.setattr("tempfile.tempdir", str(place))


def test_a_killed_run_leaves_no_process_and_its_folders_are_swept(tmp_path: Path) -> None:
    if problem := why_not():
        pytest.skip(problem)
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, "-c", KILLED, tmp_path], stdout=subprocess.PIPE, env=environ) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == b"ready\n"
        mark = tmp_path / "work tree" / "mark.log"
        eventually(mark.exists)
        run.kill()

    def still() -> bool:
        mark.unlink(missing_ok=True)
        return not eventually(lambda: [mark.exists()])[0]

    eventually(lambda: all(still() for _ in range(20)), "something of the run still writes")
    assert len(list(scratch_parent().iterdir())) == 1
    with make_bed("bubblewrap", tmp_path / "next") as bed:
        names = {folder.name for folder in scratch_parent().iterdir()}
        assert names == {"test-next"}
        bed.run("mkdir -p /tmp/deep/er; chmod 0 /tmp/deep/er /tmp/deep")
    assert not scratch_parent().exists()


def test_what_is_not_ours_alone_is_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    scratch_parent().mkdir(mode=0o777)
    scratch_parent().chmod(0o777)
    with pytest.raises(SandboxError, match="not a folder of yours alone"):
        Scratch("run")
    scratch_parent().rmdir()
    scratch_parent().symlink_to(tmp_path)
    with pytest.raises(SandboxError, match="not a folder of yours alone"):
        Scratch("run")


def test_the_folders_of_others_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    scratch_parent().mkdir(mode=0o700)
    alive = {"pid": os.getpid(), "birth": scratch_module.birth(os.getpid()), "host": os.uname().nodename}
    notes = {"alive": alive, "elsewhere": {**alive, "birth": "x", "host": "another"}, "dead": {**alive, "birth": "x"}}
    for name, note in notes.items():
        (scratch_parent() / name).mkdir()
        (scratch_parent() / name / "owner.json").write_text(json.dumps(note))
    (scratch_parent() / "being-made").mkdir()
    made = Scratch("run")
    assert {folder.name for folder in scratch_parent().iterdir()} == {"alive", "elsewhere", "being-made", "run"}
    made.remove()


def test_what_commands_leave_in_their_git_folder_leads_us_nowhere(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    (outside / "info").mkdir(parents=True)
    for name in ("info/alternates", "attributes", "config", "pre-commit"):
        (outside / name).write_text("mine\n")
    links = "rm -rf .git/{0}; ln -s {1} .git/{0}; "
    with make_bed("bubblewrap", tmp_path / "links") as bed:
        bed.output("".join(links.format(name, outside) for name in ("objects", "info", "hooks")) + "true")
        bed.output(links.format("config", outside / "config") + "mkdir /run/nano/left-behind")
        assert not bed.run("true").left_behind
        own = bed.own_git
    assert own is not None
    assert "mine" not in (own / "config").read_text()
    assert not (own / "hooks").exists()
    assert sorted(str(path.relative_to(outside)) for path in outside.rglob("*") if path.is_file()) == [
        "attributes",
        "config",
        "info/alternates",
        "pre-commit",
    ]
    with make_bed("bubblewrap", tmp_path / "pipes") as bed:
        bed.output("rm .git/HEAD .git/index; mkfifo .git/HEAD .git/index .git/refs/heads/pipe")
        assert "+new" in bed.diff(lambda: bed.output("echo new > new.txt"))
