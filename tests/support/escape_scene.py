"""The machine as an attempt finds it: a home with a key, runs of others, programs, servers. And making the attempts.

`python -c "from support.escape_scene import main; main()" SANDBOX UID` makes them all and prints {attempt: "open" or
"held"} as JSON.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from nano_agent.own_process import keep_to_itself
from nano_agent.sandbox import RunPlace, Sandbox, make_sandbox
from nano_agent.sandbox.base import SandboxOptions
from nano_agent.sandbox.bubblewrap import BubblewrapSandbox
from nano_agent.sandbox.inner import Limits
from nano_agent.workspace import Checkpoints, Repository, open_repository
from nano_agent.workspace.preconditions import hide_runs
from support.escapes import FILES, GIT, NETWORK, PROCESSES, SECRET, SYSTEM, Attempt
from support.repos import Repo, make_repo

LIMITS = Limits(processes=100, file_bytes=1024 * 1024)
"""Small ones, so that a flood of them is soon over."""
_DISKS = ("/dev/vda", "/dev/sda", "/dev/nvme0n1", "/dev/xvda", "/dev/kmsg", "/dev/mem")


class Machine:
    """A scene for one sandbox, owned by the user that this process runs as."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.outside = place / "outside"
        self.home = place / "home"
        other = place / "other-runs" / "2026-01-01T00-00-00-00000001"
        for folder in (self.outside, self.home / ".ssh", other):
            folder.mkdir(parents=True)
        for path in (self.home / ".ssh" / "id_test", self.outside / "secret.txt", other / "messages.jsonl"):
            path.write_text(SECRET)
        (self.home / ".bashrc").write_text("# mine\n")
        environ = {"PATH": os.environ["PATH"], "SECRET_KEY": SECRET}
        self._programs = {name: subprocess.Popen(["sleep", "600"], env=environ) for name in ("victim", "prey")}
        self._shm_file = Path("/dev/shm") / f"{place.name}"
        self._shm_file.write_text(SECRET)
        self._tmp_socket = f"/tmp/{place.name}.socket"
        self._shm = _shared_memory()
        port = self._serve(socket.AF_INET, ("0.0.0.0", 0))[1]
        self._serve(socket.AF_UNIX, str(self.outside / "docker.sock"))
        self._serve(socket.AF_UNIX, self._tmp_socket)
        self._serve(socket.AF_UNIX, f"\0{place.name}")
        self.places: dict[str, str] = {
            **{name: str(getattr(self, name)) for name in ("outside", "home")},
            **{name: str(program.pid) for name, program in self._programs.items()},
            "other_runs": str(other.parent),
            "shm_file": self._shm_file.name,
            "shm_key": str(self._shm[0]),
            "port": str(port),
            "address": _own_address(),
            "abstract": place.name,
            "tmp_socket": self._tmp_socket,
            "many": "200",
            "large": "2000000",
            "run_pid": str(os.getpid()),
            "disks": " ".join(_DISKS),
        }
        self.root = place

    def path(self, name: str) -> Path:
        run = Path(self.places.get("run", ""))
        return {
            "bashrc": self.home / ".bashrc",
            "new": self.outside / "new.txt",
            "new2": self.outside / "new2.txt",
            "ran": self.outside / "ran",
            "messages": run / "messages.jsonl",
            "inbox": run / "inbox.jsonl",
            "daemon": self.root / "daemon.txt",
        }[name]

    def alive(self, name: str) -> bool:
        with suppress(subprocess.TimeoutExpired):
            self._programs[name].wait(0.5)
        return self._programs[name].poll() is None

    def clear(self) -> None:
        """Take away what outlives the process."""
        for program in self._programs.values():
            program.kill()
            program.wait()
        self._shm_file.unlink()
        Path(self._tmp_socket).unlink()
        ctypes.CDLL(None).shmctl(self._shm[1], 0, None)

    def _serve(self, family: int, address: object) -> tuple[str, int]:
        server = socket.socket(family, socket.SOCK_STREAM)
        server.bind(address)  # type: ignore[arg-type]
        server.listen()

        def answer() -> None:
            while True:
                connection, _ = server.accept()
                with connection, suppress(OSError):
                    connection.sendall(SECRET.encode())

        threading.Thread(target=answer, daemon=True).start()
        name = server.getsockname()
        return name if isinstance(name, tuple) else (str(name), 0)


def _own_address() -> str:
    """The machine's address in its network; the loopback's where it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        with suppress(OSError):
            probe.connect(("192.0.2.1", 9))
        return str(probe.getsockname()[0]).replace("0.0.0.0", "127.0.0.1")


def _shared_memory() -> tuple[int, int]:
    """Key and id of a segment that holds the secret."""
    libc = ctypes.CDLL(None)
    libc.shmat.restype = ctypes.c_void_p
    key = os.getpid() + 0x7F000000
    identity = libc.shmget(key, 64, 0o1600)
    ctypes.memmove(libc.shmat(identity, 0, 0), SECRET.encode(), len(SECRET))
    return key, identity


@contextmanager
def _started(name: str, machine: Machine, repo: Repo) -> Iterator[tuple[Sandbox, Repository]]:
    """The sandbox as a run of this name would have it."""
    runs = repo.root / ".nano-agent"
    run = runs / f"2026-01-01T00-00-00-{repo.root.name}"
    run.mkdir(parents=True)
    (run / "metadata.json").write_text("{}")
    (run / "messages.jsonl").write_text(SECRET)
    (run / "inbox.jsonl").touch()
    machine.root = repo.root
    machine.places["run"] = str(run)
    root = repo.root.resolve()
    sandbox = make_sandbox(name, root) if name != "bubblewrap" else BubblewrapSandbox(root, SandboxOptions(), LIMITS)
    repository = open_repository(root, runs)
    hide_runs(repository, runs)
    own = sandbox.start(RunPlace(f"{machine.place.name}-{repo.root.name}", run, repository))
    try:
        yield sandbox, replace(repository, git_dir=own or repository.git_dir)
    finally:
        sandbox.close()


def _run(sandbox: Sandbox, attempt: Attempt, machine: Machine) -> str:
    command = attempt.command
    for key, value in machine.places.items():
        command = command.replace(f"{{{key}}}", value)
    if sandbox.name == "rbash":
        # Restricted bash forbids much of this by itself, and not at all in a shell that is started from it.
        (machine.root / "attempt.sh").write_text(command)
        command = "sh attempt.sh"
    return sandbox.run(command, timeout=20).text


def _verdict(attempt: Attempt, machine: Machine, output: str) -> str:
    return "open" if attempt.seen(machine, output) else "held"


def all_attempts(name: str, place: Path) -> dict[str, str]:
    """Make every attempt; what came of each."""
    machine = Machine(place)
    found: dict[str, str] = {}
    try:
        os.environ["HOME"] = str(machine.home)
        repo = make_repo(place / "general")
        with _started(name, machine, repo) as (sandbox, _):
            for title, attempt in {**FILES, **NETWORK, **SYSTEM, **PROCESSES}.items():
                found[title] = _verdict(attempt, machine, _run(sandbox, attempt, machine))
        template = _with_submodule(place)
        for number, (title, attempt) in enumerate(GIT.items()):
            found[title] = _git_attempt(name, machine, template, attempt, number)
    finally:
        machine.clear()
    return found


def _with_submodule(place: Path) -> Path:
    library = make_repo(place / "library")
    repo = make_repo(place / "template", {"a.txt": "a\n"})
    repo.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library.root, "vendor/sub")
    repo.git("config", "user.name", "x")
    repo.git("config", "user.email", "x@localhost")
    repo.commit("A submodule")
    return repo.root


def _git_attempt(name: str, machine: Machine, template: Path, attempt: Attempt, number: int) -> str:
    repo = Repo(machine.place / f"git-{number}")
    shutil.copytree(template, repo.root, symlinks=True)
    machine.path("ran").unlink(missing_ok=True)
    with _started(name, machine, repo) as (sandbox, repository):
        _run(sandbox, attempt, machine)
    if attempt.then.startswith("<"):
        open_repository(repo.root)
        taken = Checkpoints(repository, Path(machine.places["run"]) / "checkpoints.git")
        taken.diff(taken.take(0))
    else:
        environ = {"PATH": os.environ["PATH"], "HOME": str(machine.home), "GIT_EDITOR": "true"}
        subprocess.run(
            attempt.then, shell=True, cwd=repo.root, env=environ, capture_output=True, timeout=20, check=False
        )
    return _verdict(attempt, machine, "")


def main() -> None:
    """Become the user, as a run's process would be, and make the attempts."""
    name, uid = sys.argv[1], int(sys.argv[2])
    place = Path(tempfile.mkdtemp(prefix="nano-escape-"))
    try:
        if uid != os.getuid():
            os.chown(place, uid, uid)
            os.setgroups([])
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
            # Becoming another user hides a process already; here it is to be hidden by what a run does itself.
            ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)
        keep_to_itself()
        print(json.dumps(all_attempts(name, place)))
    finally:
        shutil.rmtree(place, ignore_errors=True)
