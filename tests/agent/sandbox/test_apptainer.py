"""Apptainer, which these tests do not have: a program in its place checks the options and runs what it is given."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nano_agent.sandbox import SandboxOptions, make_sandbox
from support.sandboxes import KEY, Bed, make_bed

# Takes the options one by one as `apptainer exec --help` of 1.3 lists them; anything else is an error, as it would be.
_FAKE = """#!/bin/sh
[ "$1" = --silent ] && shift
[ "$1" = exec ] || { echo "unknown command $1" >&2; exit 255; }
shift
printf '%s\\n' "$@" > "$(dirname "$0")/seen"
env > "$(dirname "$0")/environment"
while :; do
    case $1 in
        --containall|--cleanenv|--no-privs|--writable-tmpfs|--net) shift ;;
        --network) [ "$2" = none ] || exit 255; shift 2 ;;
        --home) case $2 in /*:/*) shift 2 ;; *) exit 255 ;; esac ;;
        --pwd) cd "$2" || exit 255; shift 2 ;;
        --env) export "$2"; shift 2 ;;
        --mount) case $2 in *type=bind,*source=*destination=*) shift 2 ;; *) exit 255 ;; esac ;;
        -*) echo "unknown option $1" >&2; exit 255 ;;
        *) shift; exec "$@" ;;
    esac
done
"""


@pytest.fixture(params=["apptainer", "singularity"])
def program(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "programs" / str(request.param)
    path.parent.mkdir()
    path.write_text(_FAKE)
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{path.parent}:/usr/local/bin:/usr/bin:/bin")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    return path


@pytest.fixture
def bed(program: Path, tmp_path: Path) -> Iterator[Bed]:
    (tmp_path / "image.sif").touch()
    with make_bed("apptainer", tmp_path, SandboxOptions(image=str(tmp_path / "image.sif"))) as bed:
        yield bed


def test_the_command_line(bed: Bed, program: Path, tmp_path: Path) -> None:
    result = bed.run("echo said; pwd; exit 3")
    root = bed.repo.root.resolve()
    assert (result.text, result.exit_code) == (f"said\n{root}\n", 3)
    seen = (program.parent / "seen").read_text().splitlines()
    assert {"--containall", "--cleanenv", "--no-privs", "--net", "none", str(tmp_path / "image.sif")} <= set(seen)
    mounts = [line for line in seen if line.startswith("type=bind")]
    assert f"type=bind,source={root},destination={root}" in mounts
    assert f"type=bind,source={bed.own_git},destination={root}/.git" in mounts
    assert any(line.endswith(f"destination={root}/.nano-agent,ro") for line in mounts)
    assert mounts.index(f"type=bind,source={root},destination={root}") < mounts.index(
        f"type=bind,source={bed.own_git},destination={root}/.git"
    )
    assert KEY not in "\n".join(seen) + (program.parent / "environment").read_text()


def test_a_timeout_and_the_end_leave_nothing(bed: Bed) -> None:
    assert bed.run("echo begun; sleep 1000", 0.5).ending == "timeout"


def test_with_a_network(program: Path, tmp_path: Path) -> None:
    options = SandboxOptions(image="docker://debian", network=True, visible=("/opt",))
    with make_bed("apptainer", tmp_path, options) as bed:
        bed.output("true")
    seen = (program.parent / "seen").read_text()
    assert "--net" not in seen.splitlines()
    assert "type=bind,source=/opt,destination=/opt,ro" in seen


def test_what_is_missing_is_said(tmp_path: Path, program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "needs an image" in (make_sandbox("apptainer", tmp_path).check() or "")
    gone = make_sandbox("apptainer", tmp_path, SandboxOptions(image="/no/such.sif"))
    assert gone.check() == "there is no image at /no/such.sif"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert make_sandbox("apptainer", tmp_path).check() == "neither apptainer nor singularity is installed"
