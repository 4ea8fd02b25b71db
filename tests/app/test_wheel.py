"""The command line as people get it: from a wheel, in an environment that has never seen the checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean environment with the wheel in it; the libraries it needs are borrowed from ours, to save a download."""
    place = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(place)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    wheel = next(place.glob("*.whl"))
    environment = place / "environment"
    venv.create(environment, with_pip=False)
    libraries = Path(sysconfig.get_paths(vars={"base": str(environment), "platbase": str(environment)})["purelib"])
    borrowed = [path for path in sys.path if path.endswith("site-packages")]
    # Not through a .pth file, which would run those of our environment and with them find the checkout.
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--no-deps",
            "--no-index",
            "--quiet",
            "--target",
            str(libraries),
            str(wheel),
        ],
        check=True,
    )
    (libraries / "borrowed.pth").write_text("\n".join(borrowed) + "\n")
    return environment


def nano_tui(installed: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environ = {"PATH": os.environ["PATH"], "HOME": str(installed), "LANG": "C.UTF-8"}
    command = [str(installed / "bin" / "python"), "-m", "nano_tui", *arguments]
    return subprocess.run(command, cwd=installed, env=environ, capture_output=True, text=True, check=False)


def samples(installed: Path) -> Path:
    return next(installed.glob("lib/python*/site-packages/nano_tui/sample_trajectories"))


def test_it_is_the_installed_one(installed: Path) -> None:
    python = str(installed / "bin" / "python")
    where = "import nano_tui as a, nano_agent as b, nano_widgets as c; print(a.__file__, b.__file__, c.__file__)"
    done = subprocess.run([python, "-c", where], cwd=installed, capture_output=True, text=True, check=True)
    assert all(path.startswith(str(installed)) for path in done.stdout.split())


def test_version(installed: Path) -> None:
    assert nano_tui(installed, "--version").stdout.startswith("nano-tui ")


def test_the_samples_are_in_it(installed: Path) -> None:
    done = nano_tui(installed, "ls", str(samples(installed)), "--json")
    runs = [json.loads(line) for line in done.stdout.splitlines()]
    shipped = Path(__file__).parents[2] / "sample_trajectories"
    assert len(runs) == sum(place.is_dir() for place in shipped.iterdir())
    assert {run["exit_status"] for run in runs} == {"done", "tool_limit", "time_limit", "lost"}
    assert {run["format"] for run in runs} == {"nano-run"}


def test_a_sample_can_be_shown(installed: Path) -> None:
    done = nano_tui(installed, "show", str(samples(installed) / "fix-off-by-one"), "--json")
    shown = json.loads(done.stdout)
    assert shown["n_steps"] == 6
    assert shown["cost_usd"] == pytest.approx(sum(step["cost_usd"] for step in shown["steps"]))


def test_a_sample_can_be_replayed(installed: Path, tmp_path: Path) -> None:
    repository = tmp_path / "ranges"
    repository.mkdir()
    (repository / "ranges.py").write_text("pages.extend(range(int(first), int(last)))\n")
    for words in (["init", "-q"], ["add", "-A"], ["-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "x"]):
        subprocess.run(["git", *words], cwd=repository, check=True)
    model = f"replay/{samples(installed) / 'fix-off-by-one'}"
    done = nano_tui(installed, "run", "fix it", "--repo", str(repository), "--model", model)
    assert done.returncode == 0, done.stderr
    assert "+pages.extend(range(int(first), int(last) + 1))" in done.stdout


def test_a_missing_path_is_one_line(installed: Path) -> None:
    done = nano_tui(installed, "show", "nowhere")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert "nowhere" in done.stderr
