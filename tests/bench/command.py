"""A whole command against a scripted model over HTTP: CPU per step with all its processes, beside mini-swe-agent.

The cost of starting is left out by taking differences: early steps are from 10 to 50, late ones from 150 to 200.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from bench.measure import machine, median, peer, run, table

LENGTHS = (10, 50, 150, 200)
ROUNDS = 3
Command = Callable[[int], list[str]]


def main() -> None:
    print(machine())
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        repository = place / "repository"
        make_repository(repository)
        rows = []
        with server("shell", "cmd") as port:
            for client in ("litellm", "http"):
                command = partial(ours, repository, port, place, client)
                rows.append(row(f"nano-tui run, {client}", command, repository, place))
        if commands := peer():
            with server("bash", "command") as port:
                rows.append(row("mini (mini-swe-agent)", partial(theirs, commands, port, place), repository, place))
        rows.append(row("bare subprocess loop", bare, repository, place))
    table(["CPU with all processes", "start (s)", "early (ms/step)", "late (ms/step)", "late/early"], rows)


def row(name: str, command: Command, repository: Path, home: Path) -> list[str]:
    """Median CPU at each length, and what a step costs early and late."""
    environ = {"HOME": str(home), "MSWEA_CONFIGURED": "true", "OPENAI_API_KEY": "none", "MSWEA_SILENT_STARTUP": "1"}
    environ |= {"MSWEA_COST_TRACKING": "ignore_errors", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    cpu = {n: median([run(command(n), repository, environ).cpu for _ in range(ROUNDS)]) for n in LENGTHS}
    first, second, third, last = LENGTHS
    early = (cpu[second] - cpu[first]) / (second - first) * 1000
    late = (cpu[last] - cpu[third]) / (last - third) * 1000
    return [name, f"{cpu[first] - early * first / 1000:.2f}", f"{early:.1f}", f"{late:.1f}", f"{late / early:.2f}"]


def ours(repository: Path, port: int, place: Path, client: str, steps: int) -> list[str]:
    program = str(Path(sys.executable).with_name("nano-tui"))
    limits = ["--tool-limit", "100000", "--token-limit", "100000000", "--step-limit", str(steps)]
    where = ["--repo", str(repository), "--runs-dir", str(place / "runs"), "--sandbox", "local"]
    model = ["--model", "hosted_vllm/scripted", "--api-base", f"http://127.0.0.1:{port}/v1", "--client", client]
    return [program, "run", "look around", *where, *model, *limits]


def theirs(commands: Path, port: int, place: Path, steps: int) -> list[str]:
    settings = [
        "mini.yaml",
        f"agent.step_limit={steps}",
        f"model.model_kwargs.api_base=http://127.0.0.1:{port}/v1",
        "model.model_name=hosted_vllm/scripted",
    ]
    options = [word for setting in settings for word in ("-c", setting)]
    output = ["-o", str(place / "peer.traj.json")]
    return [str(commands / "mini"), "-y", "--exit-immediately", "-l", "0", "-t", "look around", *options, *output]


def bare(steps: int) -> list[str]:
    loop = f"import subprocess\nfor _ in range({steps}): subprocess.run(['sh', '-c', 'true'], capture_output=True)"
    return [sys.executable, "-c", loop]


@contextmanager
def server(tool: str, argument: str, slowest: float = 0.0) -> Iterator[int]:
    """A scripted model in another process, which thinks for up to `slowest` seconds a reply; gives its port."""
    script = Path(__file__).with_name("scripted_server.py")
    command = [sys.executable, str(script), tool, argument, str(slowest)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()


def make_repository(folder: Path) -> None:
    """A repository with one commit."""
    folder.mkdir()
    (folder / "a.py").write_text("print('a')\n")
    author = ["-c", "user.name=Bench", "-c", "user.email=bench@localhost"]
    for words in (["init", "-q"], ["add", "-A"], [*author, "commit", "-q", "-m", "Start"]):
        subprocess.run(["git", *words], cwd=folder, check=True)
