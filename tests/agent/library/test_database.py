"""The index's file: broken, older, on a full disk, without a folder, and used by many at once."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from nano_agent.library.index import Index
from nano_agent.library.scan import Scan
from nano_agent.library.summary import summarise
from support.indexes import library_of, paths, scan
from support.runs import mini_file


def test_a_question_that_nobody_waits_for_any_more_is_given_up(index: Index) -> None:
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
    with pytest.raises(sqlite3.OperationalError, match="interrupted"), index.database.until(lambda: True):
        index.database.run(lambda db: db.execute(endless).fetchone())
    assert index.database.run(lambda db: db.execute("SELECT count(*) FROM runs").fetchone()) == (0,)


def test_an_index_that_is_broken_is_built_again_without_a_word(tmp_path: Path, index: Index) -> None:
    path = index.database.path
    file = mini_file(tmp_path / "runs" / "one.json")
    scan(index, tmp_path / "runs")
    index.close()
    for broken in (b"", b"no database at all, but long enough to be taken for one" * 100, path.read_bytes()[:5000]):
        for suffix in ("-wal", "-shm"):
            Path(f"{path}{suffix}").unlink(missing_ok=True)
        path.write_bytes(broken)
        again = Index(path)
        scan(again, tmp_path / "runs")
        assert paths(again) == [str(file)]
        again.close()


def test_an_index_that_is_thrown_away_while_it_is_used_is_built_again(tmp_path: Path, index: Index) -> None:
    file = mini_file(tmp_path / "runs" / "one.json")
    scan(index, tmp_path / "runs")
    for suffix in ("", "-wal", "-shm"):
        Path(f"{index.database.path}{suffix}").unlink(missing_ok=True)
    with index.database.until(lambda: False):
        assert paths(index) == []
    scan(index, tmp_path / "runs")
    other = Index(index.database.path)
    assert paths(index) == paths(other) == [str(file)]
    other.close()


def test_damage_that_shows_later_is_mended_too(tmp_path: Path, index: Index) -> None:
    for number in range(200):
        mini_file(tmp_path / "runs" / f"{number}.json", task="x" * 300)
    scan(index, tmp_path / "runs")
    index.database.run(lambda db: db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall())
    data = bytearray(index.database.path.read_bytes())
    data[8192:] = b"\xff" * (len(data) - 8192)
    index.database.path.write_bytes(data)
    index.close()
    assert scan(index, tmp_path / "runs").finished
    assert len(paths(index)) == 200
    assert index.database.run(lambda db: db.execute("PRAGMA integrity_check").fetchone()) == ("ok",)


def test_an_older_index_is_built_again(tmp_path: Path, index: Index) -> None:
    file = mini_file(tmp_path / "runs" / "one.json")
    scan(index, tmp_path / "runs")
    index.close()
    with sqlite3.connect(index.database.path) as db:
        db.execute("ALTER TABLE runs RENAME COLUMN task TO what")
        db.execute("PRAGMA user_version = 0")
    db.close()
    assert scan(index, tmp_path / "runs").read == 1
    assert paths(index) == [str(file)]


def test_a_full_disk_is_told_and_what_is_listed_stays(tmp_path: Path, index: Index) -> None:
    kept = mini_file(tmp_path / "runs" / "kept.json")
    scan(index, tmp_path / "runs")
    for number in range(400):
        mini_file(tmp_path / "runs" / f"{number}.json", task="x" * 500)
    index.database.run(lambda db: db.execute("PRAGMA max_page_count = 40"))
    progress = Scan(index, [tmp_path / "runs"]).run()
    assert not progress.finished
    assert [problem for problem in progress.problems if "cannot be written: database or disk is full" in problem]
    assert str(kept) in paths(index)
    index.database.run(lambda db: db.execute("PRAGMA max_page_count = 100000"))
    scan(index, tmp_path / "runs")
    assert len(paths(index)) == 401


def test_without_a_cache_folder_it_works_and_is_forgotten(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    file = mini_file(tmp_path / "runs" / "one.json")
    index = Index(tmp_path / "file" / "library.db")
    assert "everything is read anew at each start" in (index.database.trouble or "")
    scan(index, tmp_path / "runs")
    assert paths(index) == [str(file)]
    where = index.database.path
    index.close()
    assert not where.exists()


def test_two_processes_scan_into_one_index(tmp_path: Path, index: Index) -> None:
    for number in range(60):
        mini_file(tmp_path / "runs" / str(number) / "one.json")
    program = (
        "import sys; from pathlib import Path; from nano_agent.library.index import Index;"
        "from nano_agent.library.scan import Scan\n"
        "for _ in range(5): index = Index(Path(sys.argv[1])); index.read_all_again(); Scan(index, sys.argv[2:]).run()"
    )
    command = [sys.executable, "-c", program, str(index.database.path), str(tmp_path / "runs")]
    environment = {"PYTHONPATH": str(Path(summarise.__code__.co_filename).parents[2])}
    others = [subprocess.Popen(command, env=environment, stderr=subprocess.PIPE) for _ in range(2)]
    for _ in range(5):
        scan(index, tmp_path / "runs")
        assert len(paths(index)) in range(61)
    for other in others:
        assert other.communicate(timeout=60)[1] == b""
        assert other.returncode == 0
    assert len(paths(index)) == 60


def test_many_threads_may_ask_at_once(tmp_path: Path, index: Index) -> None:
    for number in range(30):
        mini_file(tmp_path / "runs" / f"{number}.json")
    scan(index, tmp_path / "runs")
    library = library_of(index, tmp_path)
    found = list[int]()
    threads = [threading.Thread(target=lambda: found.append(len(list(library.summaries())))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [30] * 8
