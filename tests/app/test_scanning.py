"""The scan may begin before there is an app that listens."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest

from nano_agent.library.process import News
from nano_tui.app import NanoTui
from nano_tui.roots import roots
from nano_tui.scanning import Scanning
from nano_tui.settings import Settings
from support.eventually import eventually
from support.runs import mini_file
from support.screen import until_seen


class Heard:
    """What is told, as it comes."""

    def __init__(self) -> None:
        self.news: list[News] = []
        self.ends: list[str] = []

    def listen_to(self, scanning: Scanning) -> None:
        scanning.listen(self.news.append, self.ends.append)


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    mini_file(tmp_path / "runs" / "a.traj.json", task="Paint the gate")
    return tmp_path / "runs"


@pytest.fixture
def begun() -> Iterator[Callable[..., Scanning]]:
    all_begun: list[Scanning] = []

    def begin(look: Callable[[], Sequence[Path]]) -> Scanning:
        scanning = Scanning(look)
        all_begun.append(scanning)
        scanning.start()
        return scanning

    yield begin
    for scanning in all_begun:
        scanning.process.close()


def test_what_was_told_before_anybody_listened_is_told_then(runs: Path, begun: Callable[..., Scanning]) -> None:
    scanning, heard = begun(lambda: [runs]), Heard()
    eventually(lambda: scanning._news is not None and not scanning._news.scanning)
    heard.listen_to(scanning)
    (news,) = heard.news
    assert (news.found, news.read) == (1, 1)
    mini_file(runs / "b.traj.json", task="Oil the hinge")
    eventually(lambda: any(news.changed for news in heard.news[1:]))


def test_an_end_before_anybody_listened_is_told_then(runs: Path, begun: Callable[..., Scanning]) -> None:
    scanning, heard = begun(lambda: [runs]), Heard()
    eventually(lambda: scanning._news is not None)
    assert scanning.process._process is not None
    scanning.process._process.send_signal(signal.SIGKILL)
    eventually(lambda: scanning._why)
    heard.listen_to(scanning)
    assert "ended by itself" in heard.ends[0]


def test_the_disk_is_looked_at_once_and_by_a_thread(runs: Path, begun: Callable[..., Scanning]) -> None:
    looks = list[threading.Thread]()
    may_look = threading.Event()

    def look() -> list[Path]:
        looks.append(threading.current_thread())
        may_look.wait()
        return [runs]

    scanning = begun(look)
    scanning.start()
    may_look.set()
    assert scanning.roots() == [runs]
    eventually(lambda: scanning._news is not None)
    assert len(looks) == 1


def test_a_folder_that_cannot_be_named_ends_nothing(begun: Callable[..., Scanning]) -> None:
    def look() -> list[Path]:
        raise FileNotFoundError("the current folder is gone")

    scanning = begun(look)
    eventually(lambda: scanning._news is not None and not scanning._news.scanning)
    with pytest.raises(FileNotFoundError):
        scanning.roots()


async def test_an_app_shows_what_was_found_before_it_was_there(runs: Path, begun: Callable[..., Scanning]) -> None:
    scanning = begun(partial(roots, (runs,), None))
    eventually(lambda: scanning._news is not None and not scanning._news.scanning)
    async with NanoTui(Settings((runs,)), scanning).run_test(size=(160, 48), notifications=True) as pilot:
        await until_seen(pilot, "Paint the gate", "1 run")
        mini_file(runs / "b.traj.json", task="Oil the hinge")
        await until_seen(pilot, "Oil the hinge")


async def test_an_index_that_cannot_be_kept_is_told_and_the_runs_are_listed(
    runs: Path, begun: Callable[..., Scanning], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "no-folder").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "no-folder"))
    scanning = begun(partial(roots, (runs,), None))
    app = NanoTui(Settings((runs,)), scanning)
    async with app.run_test(size=(160, 48), notifications=True) as pilot:
        await until_seen(pilot, "Paint the gate", "index of runs")
        eventually(lambda: not scanning.process._thread.is_alive())
    assert app.main.feed._library is not None
    app.main.feed._library.close()
