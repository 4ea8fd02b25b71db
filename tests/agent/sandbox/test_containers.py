"""Containers, for real: podman, and docker's client answered by podman's service."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from nano_agent.sandbox import SandboxOptions, make_sandbox
from nano_agent.sandbox.container import LABEL
from support.containers import IMAGE, containers, docker_by_podman, podman_environment
from support.eventually import eventually
from support.repos import make_repo
from support.sandboxes import CHECKS, KEY, make_bed

OPTIONS = SandboxOptions(image=IMAGE)
OF_DOCKER = ("a timeout kills everything", "the background ends with its command", "no key in the environment", "files")


@pytest.fixture(scope="module")
def storage() -> Iterator[dict[str, str]]:
    # A socket's path must be short.
    with tempfile.TemporaryDirectory(prefix="nano-podman-", ignore_cleanup_errors=True) as place:
        yield podman_environment(Path(place))


@pytest.fixture(autouse=True)
def _podman(storage: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**storage, "OPENAI_API_KEY": KEY}.items():
        monkeypatch.setenv(name, value)


def test_podman_conforms(tmp_path: Path) -> None:
    """In one container, since each takes as long to make as a command."""
    with make_bed("podman", tmp_path, OPTIONS) as bed:
        for name, check in CHECKS.items():
            if name != "git":  # busybox has none
                check(bed)
    assert containers() == []


def test_the_repository_is_guarded_in_a_container_too(tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text(KEY)
    with make_bed("podman", tmp_path, OPTIONS) as bed:
        (bed.folder / "messages.jsonl").write_text(KEY)
        for command in (f"cat {outside}", f"cat {bed.folder}/messages.jsonl", "cat /proc/1/environ", "env"):
            assert KEY not in bed.run(command).text
        assert bed.run("mv .git was").exit_code
        assert bed.run("mv .nano-agent was; rm -r .nano-agent").exit_code
        bed.run("echo evil > .git/config; mkdir -p .git/hooks; echo x > .git/hooks/pre-commit")
        assert "evil" not in (bed.repo.root / ".git" / "config").read_text()
        assert not (bed.repo.root / ".git" / "hooks" / "pre-commit").exists()
        assert bed.run("wget -T 2 -q -O - http://127.0.0.1:1/ || ip -o link | wc -l").text.strip().endswith("1")
        assert "+new" in bed.diff(lambda: bed.output("echo new > new.txt"))


def test_docker_by_its_own_client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory(prefix="nano-docker-") as place, docker_by_podman(Path(place)) as host:
        monkeypatch.setenv("DOCKER_HOST", host)
        with make_bed("docker", tmp_path, OPTIONS) as bed:
            for name in OF_DOCKER:
                CHECKS[name](bed)
        assert containers() == []


_KILLED = """
import sys
from pathlib import Path
from support.containers import IMAGE
from support.sandboxes import make_bed
from nano_agent.sandbox import SandboxOptions
with make_bed("podman", Path(sys.argv[1]), SandboxOptions(image=IMAGE)) as bed:
    print("ready", flush=True)
    bed.run("sleep 1000", timeout=1000)
"""


def test_a_container_does_not_outlive_a_run_that_was_killed(tmp_path: Path) -> None:
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, "-c", _KILLED, tmp_path], stdout=subprocess.PIPE, env=environ) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == b"ready\n"
        assert len(containers()) == 1
        run.kill()
    eventually(lambda: containers() == [], "the container is still there", 30)


def test_the_next_start_sweeps_what_a_crash_of_the_machine_left(tmp_path: Path) -> None:
    label = {"run": "gone", "pid": 1, "birth": "another-boot:1", "host": os.uname().nodename}
    others = {**label, "host": "another-machine"}
    for name, note in (("dead", label), ("elsewhere", others)):
        words = ["run", "-d", "--network", "none", "--name", name, "--label", f"{LABEL}={json.dumps(note)}", IMAGE]
        subprocess.run(["podman", *words, "sleep", "1000"], capture_output=True, check=True)
    try:
        with make_bed("podman", tmp_path, OPTIONS):
            assert "dead" not in containers()
            assert "elsewhere" in containers()
    finally:
        subprocess.run(["podman", "rm", "-f", "-t", "0", "elsewhere"], capture_output=True, check=False)


def test_what_is_missing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = make_repo(tmp_path / "repo").root
    assert make_sandbox("podman", root).check() == (
        "podman needs an image to make the container from; name one with --image"
    )
    monkeypatch.setenv("PATH", str(tmp_path))
    assert make_sandbox("docker", root, OPTIONS).check() == "docker is not installed"
