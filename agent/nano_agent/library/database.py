"""Opening the index's SQLite file: shared by processes and threads, thrown away when it is broken or older."""

from __future__ import annotations

import sqlite3
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from nano_agent.library.schema import TABLES, VERSION, folder_of

_T = TypeVar("_T")
_BROKEN = frozenset((sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB))
_BUSY_SECONDS = 10.0
_ASK_EVERY = 100_000
"""Steps of SQLite's machine between two questions whether to go on; each needs Python's lock, which others have too."""


class Database:
    """One SQLite file in WAL mode with a connection for each thread that asks.

    What is in it can always be built again, so a file that is no database, is damaged, or has another version is
    replaced without a word; so is one that goes away while it is used. Where the folder cannot be written, a file in a
    temporary folder takes its place.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.trouble: str | None = None
        """Why nothing can be kept, in a sentence; `None` when it can."""
        self._local = threading.local()
        self._lock = threading.Lock()
        self._open: list[sqlite3.Connection] = []
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        try:
            self.run(lambda db: None)
        except (sqlite3.Error, OSError) as error:
            self.trouble = (
                f"the index of runs cannot be kept in {path.parent} ({error}), so everything is read anew at each start"
            )
            self._temporary = tempfile.TemporaryDirectory(prefix="nano-tui-", ignore_cleanup_errors=True)
            self.path = Path(self._temporary.name) / path.name
            self.run(lambda db: None)

    @property
    def file(self) -> int:
        """Which file it is at the moment, whatever its name; 0 when there is none. Another one knows nothing yet."""
        try:
            return self.path.stat().st_ino
        except OSError:
            return 0

    def run(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        """Do some work on this thread's connection; once more on a new file when this one turns out to be broken."""
        try:
            return work(self._connection())
        except sqlite3.DatabaseError as error:
            if not _is_broken(error):
                raise
        self._discard()
        return work(self._connection())

    def write(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        """Like `run`, all in one transaction that either happens or does not."""

        def transaction(db: sqlite3.Connection) -> _T:
            db.execute("BEGIN IMMEDIATE")
            try:
                result = work(db)
                db.execute("COMMIT")
                return result
            except BaseException:
                with suppress(sqlite3.Error):
                    db.execute("ROLLBACK")
                raise

        return self.run(transaction)

    @contextmanager
    def until(self, cancelled: Callable[[], bool]) -> Iterator[None]:
        """Give up what this thread asks in here, with an `sqlite3.OperationalError`, some ms after it is cancelled."""
        connection = self._connection()
        connection.set_progress_handler(cancelled, _ASK_EVERY)
        try:
            yield
        finally:
            # It is closed when its file went away meanwhile.
            with suppress(sqlite3.ProgrammingError):
                connection.set_progress_handler(None, 0)

    def close(self) -> None:
        """Close every thread's connection."""
        with self._lock:
            connections, self._open = self._open, []
        self._local = threading.local()
        for connection in connections:
            connection.close()
        if self._temporary is not None:
            self._temporary.cleanup()

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is not None and self._local.file != self.file:
            # Somebody threw the file away, or put another in its place: what is in the old one nobody else sees.
            with self._lock, suppress(ValueError):
                self._open.remove(connection)
            connection.close()
            connection = None
        if connection is None:
            connection = self._connect()
            self._local.connection, self._local.file = connection, self.file
            with self._lock:
                self._open.append(connection)
        return connection

    def _connect(self) -> sqlite3.Connection:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # One thread uses a connection; only closing at the end is done from another one.
        db = sqlite3.connect(self.path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            db.create_function("folder_of", 1, folder_of, deterministic=True)
            # Most questions go through all of an index: pages twice as large halve the reads. Only a new file has them.
            db.execute("PRAGMA page_size = 8192")
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")
            db.execute("PRAGMA temp_store = MEMORY")
            if _version(db) != VERSION:
                _build(db)
        except BaseException:
            db.close()
            raise
        return db

    def _discard(self) -> None:
        """Throw the file away. Others that have it open notice when they ask the next time."""
        with self._lock:
            connections, self._open = self._open, []
        self._local = threading.local()
        for connection in connections:
            connection.close()
        for suffix in ("", "-wal", "-shm", "-journal"):
            Path(f"{self.path}{suffix}").unlink(missing_ok=True)


def _version(db: sqlite3.Connection) -> int:
    found: int = db.execute("PRAGMA user_version").fetchone()[0]
    return found


def _build(db: sqlite3.Connection) -> None:
    """Make the tables, unless another process was faster; those of another version are dropped first."""
    db.execute("BEGIN IMMEDIATE")
    if _version(db) != VERSION:
        names = db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'").fetchall()
        for (name,) in names:
            # Dropping a full-text table takes its shadow tables, which are in the list, with it.
            db.execute(f'DROP TABLE IF EXISTS "{name}"')
        for statement in TABLES.split(";\n"):
            db.execute(statement)
        db.execute(f"PRAGMA user_version = {VERSION}")
    db.execute("COMMIT")


def _is_broken(error: sqlite3.DatabaseError) -> bool:
    """Whether the file itself is at fault: no database, damaged, or without tables that its version has."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in _BROKEN or (code == sqlite3.SQLITE_ERROR and "no such" in str(error))
