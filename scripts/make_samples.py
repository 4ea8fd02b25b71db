"""Record the sample runs: the agent itself, on small repositories, with a scripted server as the model.

    .venv/bin/python scripts/make_samples.py [NAME ...]

Everything is real but the model: its replies are written in `scripts/samples/`, it counts tokens at four bytes each,
and its prices are the ones set here.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "scripts")]

from samples import SAMPLES, Sample  # noqa: E402

from nano_agent.launch import launch  # noqa: E402
from nano_agent.record import Follower, RunFiles  # noqa: E402
from nano_agent.spec import RunSpec  # noqa: E402
from support.model_server import ModelServer  # noqa: E402

TARGET = ROOT / "sample_trajectories"
PRICES = {"prompt": 0.4, "completion": 1.6, "cached": 0.1}
"""Dollars per million tokens of the scripted model."""


def main() -> None:
    chosen = sys.argv[1:] or list(SAMPLES)
    for name in chosen:
        record(name, SAMPLES[name])


def record(name: str, sample: Sample) -> None:
    with tempfile.TemporaryDirectory(prefix="nano-samples-") as temporary:
        repository = Path(temporary) / sample.repository.name
        sample.repository.make(repository)
        with ModelServer(sample.replies) as server:
            folder = launch(
                RunSpec(
                    task=sample.task,
                    repo_root=str(repository),
                    model="hosted_vllm/scripted",
                    api_base=server.base_url,
                    scaffold=sample.scaffold,
                    limits=sample.limits,
                    prices=PRICES,
                    runs_dir=str(Path(temporary) / "runs"),
                )
            )
            status = wait(folder, sample.kill_at_step)
        assert status == sample.ends, f"{name}: ended with {status}, not {sample.ends}"
        keep(folder, TARGET / name)
        keep_children(folder, TARGET / name)
    print(f"{name}: {status}")


def wait(folder: Path, kill_at_step: int | None) -> str | None:
    """Follow the run to its end; kill it in the middle of a reply when the sample is about that."""
    follower = Follower(folder)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        update = follower.poll()
        if update.state.ended:
            return update.state.exit_status
        streaming = update.tail is not None and len(update.tail.text) > 40
        if kill_at_step == update.state.step and streaming:
            process = follower.metadata.get("process") or {}
            if process:
                os.kill(process["pid"], signal.SIGKILL)
        time.sleep(0.05)
    raise TimeoutError(folder)


def keep(folder: Path, target: Path) -> None:
    """Copy the run folder, its checkpoints made independent of the repository that is about to go."""
    store = RunFiles(folder).checkpoints
    git = ["git", "-c", "pack.writeReverseIndex=false", "--git-dir", str(store)]
    subprocess.run([*git, "repack", "-a", "-d", "-q"], check=True)
    (store / "objects" / "info" / "alternates").unlink()
    for leftover in (store / "index", folder / "run.log", store / "objects" / "info" / "packs"):
        leftover.unlink(missing_ok=True)
    shutil.rmtree(store / "info", ignore_errors=True)
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(folder, target)


def keep_children(folder: Path, target: Path) -> None:
    """Copy the runs that it handed work to, beside it; what were ids of theirs and its own become the new names."""
    children = [one for one in folder.parent.iterdir() if one != folder and (one / "metadata.json").is_file()]
    names = {folder.name: target.name}
    for number, child in enumerate(sorted(children), 1):
        names[child.name] = f"{target.name}-child" + (f"-{number}" if number > 1 else "")
        shutil.rmtree(TARGET / names[child.name], ignore_errors=True)
        shutil.copytree(child, TARGET / names[child.name])
    for name in names.values() if children else ():
        for file in ("metadata.json", "events.jsonl"):
            path = TARGET / name / file
            text = path.read_text()
            for old, new in names.items():
                text = text.replace(old, new)
            path.write_text(text)


if __name__ == "__main__":
    main()
