"""New and growing runs appear by themselves."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nano_agent.library.library import Library
from nano_agent.library.reading import read_candidate
from nano_agent.library.scan import Scan
from nano_agent.library.watch import Watch
from nano_agent.record import FORMAT, Recorder
from nano_agent.record.clock import stamp
from nano_agent.record.process import birth
from support.eventually import eventually
from support.runs import history, mini_file, nano_folder, say


class Watched:
    """A library that is watched, a look at a time."""

    def __init__(self, library: Library) -> None:
        self.library = library
        scan = Scan(library.index, library.roots)
        scan.run()
        self.watch = Watch(library.index, scan.walk)

    def look(self) -> tuple[set[str], set[str]]:
        """The names of what is new and of what is gone."""
        changes = self.watch.look()
        self.library.index.forget(changes.gone)
        for candidate in changes.new:
            reading = read_candidate(candidate)
            self.library.index.store([reading])
            self.watch.took(candidate, reading.live, 0.0)
        return {Path(one.path).name for one in changes.new}, {Path(one).name for one in changes.gone}

    @property
    def names(self) -> list[str]:
        return sorted(Path(row.path).name for row in self.library.summaries())


@pytest.fixture
def watched(root: Path, tmp_path: Path) -> Iterator[Watched]:
    library = Library([root], tmp_path / "library.db")
    yield Watched(library)
    library.close()


OLD = "2026-01-01T00:00:00-0000000a"


def test_nothing_new_is_nothing(watched: Watched) -> None:
    for _ in range(3):
        assert watched.look() == (set(), set())


def test_what_comes_between_the_scan_and_the_first_look_is_seen(root: Path, tmp_path: Path) -> None:
    library = Library([root], tmp_path / "library.db")
    scan = Scan(library.index, library.roots)
    scan.run()
    os.utime(root / ".nano", (0, 0))
    nano_folder(root / ".nano" / "2026-01-02T00:00:00-0000000b")
    assert [Path(one.path).name for one in Watch(library.index, scan.walk).look().new] == [
        "2026-01-02T00:00:00-0000000b"
    ]
    library.close()


def test_what_comes_is_seen_once_wherever_it_comes(watched: Watched, root: Path) -> None:
    nano_folder(root / ".nano" / "2026-01-02T00:00:00-0000000b")
    mini_file(root / "mini" / "x" / "c.json")
    mini_file(root / "mini" / "y" / "z" / "d.json")
    new = {"2026-01-02T00:00:00-0000000b", "c.json", "d.json"}
    assert watched.look() == (new, set())
    assert watched.look() == (set(), set())
    assert watched.names == sorted({OLD, "b.json", *new})
    mini_file(root / "mini" / "y" / "z" / "e.json")
    nano_folder(root / ".nano" / "2026-01-03T00:00:00-0000000b")
    assert watched.look() == ({"e.json", "2026-01-03T00:00:00-0000000b"}, set())


def test_what_grows_is_seen_each_time(watched: Watched, root: Path) -> None:
    messages = root / ".nano" / OLD / "messages.jsonl"
    for count in (5, 6, 7):
        assert [row.n_messages for row in watched.library.summaries("format=nano")] == [count]
        with messages.open("a") as file:
            file.write(json.dumps(say("more")) + "\n")
        assert watched.look() == ({OLD}, set())


def test_what_is_replaced_by_a_rename_is_seen(watched: Watched, root: Path) -> None:
    new = mini_file(root.parent / "elsewhere.json", status="LimitsExceeded")
    watched.look()
    new.replace(root / "mini" / "x" / "b.json")
    assert watched.look()[0] == {"b.json"}
    assert [row.exit_status for row in watched.library.summaries("format:mini")] == ["LimitsExceeded"]


def test_what_goes_is_forgotten_with_all_that_was_in_it(watched: Watched, root: Path) -> None:
    mini_file(root / "mini" / "x" / "y" / "c.json")
    watched.look()
    shutil.rmtree(root / "mini")
    watched.look()
    assert watched.names == [OLD]
    shutil.rmtree(root / ".nano" / OLD)
    watched.look()
    assert watched.names == []


def test_a_run_folder_that_is_only_being_made_is_seen_when_it_is(watched: Watched, root: Path) -> None:
    folder = root / ".nano" / "2026-01-02T00:00:00-0000000b"
    folder.mkdir()
    assert watched.look() == (set(), set())
    made = nano_folder(root.parent / "made")
    for file in made.iterdir():
        file.rename(folder / file.name)
    assert watched.look()[0] == {folder.name}
    assert watched.look() == (set(), set())
    assert watched.names == sorted([OLD, "b.json", folder.name])


def test_a_file_that_begins_empty_is_seen_when_it_is_written(watched: Watched, root: Path) -> None:
    path = root / "mini" / "x" / "c.json"
    path.write_text("")
    assert watched.look() == (set(), set())
    mini_file(path)
    assert watched.look()[0] == {"c.json"}


def test_what_was_quiet_for_long_is_looked_at_in_turn(watched: Watched, root: Path, tmp_path: Path) -> None:
    path = root / "mini" / "x" / "b.json"
    os.utime(path, (1e9, 1e9))
    again = Watched(Library([root], tmp_path / "library.db"))
    assert again.look() == (set(), set())
    text = path.read_text()
    path.write_text(text.replace("Submitted", "Abandoned"))
    os.utime(path, (1e9 + 1, 1e9 + 1))
    eventually(lambda: "b.json" in again.look()[0])
    again.library.close()


def begun(folder: Path, pid: int) -> Recorder:
    """A run of ours that goes on in a process."""
    recorder = Recorder(folder)
    process = {"pid": pid, "birth": birth(pid), "host": os.uname().nodename}
    started = stamp()
    recorder.create(
        {"format": FORMAT, "run_id": folder.name, "task": "t", "model": "m", "process": process, "started_at": started},
        [],
    )
    recorder.message({"role": "user", "content": "t"})
    return recorder


def test_a_live_run_is_followed_to_its_end(watched: Watched, root: Path) -> None:
    folder = root / ".nano-agent" / "2026-01-01T00-00-00-0000000c"
    recorder = begun(folder, os.getpid())
    watched.look()

    def row() -> tuple[bool, str | None, int]:
        (found,) = watched.library.summaries("format:nano-run")
        return found.live, found.exit_status, found.n_messages

    assert row() == (True, None, 1)
    recorder.message({"role": "assistant", "content": "hello"})
    eventually(lambda: watched.look() and row() == (True, None, 2))
    metadata = json.loads((folder / "metadata.json").read_text())
    recorder.metadata({**metadata, "ended_at": stamp(), "exit_status": "done"})
    recorder.close()
    eventually(lambda: watched.look() and row() == (False, "done", 2))


def test_a_run_whose_process_vanished_is_lost_without_a_byte_changed(watched: Watched, root: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        begun(root / ".nano-agent" / "2026-01-01T00-00-00-0000000d", process.pid).close()
        watched.look()
        assert [run.live for run in watched.library.summaries("format:nano-run")] == [True]
        process.kill()
    eventually(lambda: watched.look() and watched.library.totals("status:lost").runs == 1)
    assert watched.library.totals("is:live").runs == 0


def test_a_history_may_be_large_and_grow_without_being_read_all_the_time(watched: Watched, root: Path) -> None:
    folder = nano_folder(root / ".nano" / "2026-01-02T00:00:00-0000000b", history("big", say("x" * 1000)))
    changes = watched.watch.look()
    (candidate,) = changes.new
    watched.library.index.store([read_candidate(candidate)])
    watched.watch.took(candidate, False, 30.0)
    with (folder / "messages.jsonl").open("a") as file:
        file.write(json.dumps(say("more")) + "\n")
    assert watched.look() == (set(), set()), "reading it took half a minute, so it is given a rest"
