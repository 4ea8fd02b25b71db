"""The process beside the app that scans, watches and indexes."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nano_agent.library.library import Library
from nano_agent.library.process import News, ScanProcess
from support.eventually import eventually
from support.runs import mini_file, nano_folder


class Heard:
    """The news of a process, as they come."""

    def __init__(self) -> None:
        self.news: list[News] = []
        self.ends: list[str] = []

    @property
    def last(self) -> News | None:
        return self.news[-1] if self.news else None

    def settled(self) -> bool:
        return self.last is not None and not self.last.scanning


Start = Callable[..., ScanProcess]


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def start(tmp_path: Path, heard: Heard) -> Iterator[Start]:
    started: list[ScanProcess] = []

    def start_(*roots: Path, text: bool = False) -> ScanProcess:
        process = ScanProcess(tmp_path / "library.db", lambda: roots, heard.news.append, heard.ends.append, text)
        started.append(process)
        process.start()
        return process

    yield start_
    for process in started:
        process.close()


def test_the_process_scans_watches_and_tells(root: Path, tmp_path: Path, start: Start, heard: Heard) -> None:
    start(root)
    eventually(heard.settled)
    library = Library([root], tmp_path / "library.db")
    assert len(library.rows()) == 2
    assert any(one.changed for one in heard.news)
    told = len(heard.news)
    nano_folder(root / ".nano" / "2026-01-02T00:00:00-0000000b")
    eventually(lambda: any(one.changed for one in heard.news[told:]))
    assert len(library.rows()) == 3
    library.close()


def test_an_index_that_is_thrown_away_is_filled_again(root: Path, tmp_path: Path, start: Start, heard: Heard) -> None:
    start(root)
    eventually(heard.settled)
    library = Library([root], tmp_path / "library.db")
    assert len(library.rows()) == 2
    for suffix in ("", "-wal", "-shm"):
        (tmp_path / f"library.db{suffix}").unlink(missing_ok=True)
    eventually(lambda: len(library.rows()) == 2)
    told = len(heard.news)
    nano_folder(root / ".nano" / "2026-01-02T00:00:00-0000000b")
    eventually(lambda: any(one.changed for one in heard.news[told:]) and len(library.rows()) == 3)
    library.close()


def test_the_text_is_left_while_somebody_asks_for_something(root: Path, start: Start, heard: Heard) -> None:
    process = start(root, text=True)
    eventually(lambda: process.rest(600.0) or heard.settled())
    told = len(heard.news)
    nano_folder(root / ".nano" / "2026-01-02T00:00:00-0000000b")
    eventually(lambda: any(one.changed for one in heard.news[told:]), "it watches all the same")
    assert all(one.text_done == 0 for one in heard.news)
    process.rest(0.0)
    eventually(lambda: heard.last is not None and heard.last.text_done == heard.last.text_total == 3)


def test_the_process_indexes_text_and_says_how_far_it_is(
    root: Path, tmp_path: Path, start: Start, heard: Heard
) -> None:
    start(root, text=True)
    eventually(lambda: heard.last is not None and heard.last.text_done == heard.last.text_total == 2)
    library = Library([root], tmp_path / "library.db")
    assert library.is_exact("tokenizer")
    assert len(library.rows("tokenizer")) == 1
    library.close()


def test_other_roots_are_looked_at_when_told(root: Path, tmp_path: Path, start: Start, heard: Heard) -> None:
    mini_file(tmp_path / "more" / "c.json")
    process = start(root)
    eventually(heard.settled)
    process.look_at([root, tmp_path / "more"])
    eventually(lambda: heard.last is not None and heard.last.found == 3 and not heard.last.scanning)
    assert process._process is not None
    process.close()
    assert process._process.returncode == 0
    assert heard.ends == [], "an end that was asked for is no news"


def test_a_process_that_is_killed_is_told(root: Path, start: Start, heard: Heard) -> None:
    process = start(root)
    eventually(heard.settled)
    assert process._process is not None
    process._process.send_signal(signal.SIGKILL)
    (why,) = eventually(lambda: heard.ends)
    assert "ended by itself" in why


def test_the_process_ends_with_its_owner(root: Path, tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from nano_agent.library.process import ScanProcess\n"
        "p = ScanProcess(Path(sys.argv[1]), lambda: sys.argv[2:], lambda news: None)\n"
        "p.start()\n"
        "while p._process is None: time.sleep(0.01)\n"
        "print(p._process.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    package = Path(sys.modules["nano_agent"].__file__ or "").parents[1]
    command = [sys.executable, "-c", program, str(tmp_path / "library.db"), str(root)]
    owner = subprocess.Popen(command, stdout=subprocess.PIPE, env={"PYTHONPATH": str(package)})
    assert owner.stdout is not None
    with owner:
        pid = int(owner.stdout.readline())
        owner.kill()
    status = Path(f"/proc/{pid}")
    eventually(lambda: not status.exists() or "\nState:\tZ" in (status / "status").read_text())


def test_the_process_leaves_the_screen_alone(tmp_path: Path) -> None:
    """Neither a terminal UI nor a model library is loaded to scan, nor the readers to start the process."""
    program = (
        "import sys\n"
        "import nano_agent.library.process\n"
        "assert 'nano_agent.formats.nano' not in sys.modules\n"
        "import nano_agent.library.worker\n"
        "from nano_agent.formats import readers; [*readers()]\n"
        "bad = {'textual', 'rich', 'litellm', 'pydantic', 'httpx', 'git', 'pyarrow', 'yaml'} & set(sys.modules)\n"
        "assert not bad, bad\n"
    )
    package = Path(sys.modules["nano_agent"].__file__ or "").parents[1]
    done = subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONPATH": str(package)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
