"""Writing a run folder: appends only, a line is whole or absent, and the cost of a step never grows."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from nano_agent.record.clock import stamp
from nano_agent.record.files import RunFiles

LIVE_INTERVAL = 0.05
"""Seconds between two writes of `live.jsonl`: more often nobody could see, and it would cost."""

BEAT_INTERVAL = 5.0
"""Seconds between signs of life, for those who follow from another machine and cannot ask for the process."""

RESERVE_BYTES = 65536
"""Kept free on the disk while a run goes on, so that one that fills the disk can still write why it ended."""


class RecordError(OSError):
    """The run folder cannot be written any more (disk full, folder gone); the message says what to do."""


class Recorder:
    """The one writer of a run folder (the inbox and the labels are others').

    Every line goes out in one write to a file opened for appending, so a reader or a kill at any instant finds whole
    lines. A write that the disk cuts short is taken back.
    """

    def __init__(self, folder: Path) -> None:
        self.files = RunFiles(folder)
        self.n_messages = 0
        self._open: dict[Path, int] = {}
        self._pending: list[dict[str, Any]] = []
        self._flushed = time.monotonic()
        self._live_is_empty = True

    def create(self, metadata: Mapping[str, Any], tools: Sequence[Mapping[str, Any]]) -> None:
        """Make the folder (mode 0700) with the files that exist from the start (0600): all of it or nothing."""
        folder = self.files.folder
        draft = folder.with_name(f".{folder.name}.part")
        try:
            draft.mkdir(mode=0o700, parents=True)
            _write_private(draft / self.files.metadata.name, _pretty(metadata))
            _write_private(draft / self.files.tools.name, _pretty(list(tools)))
            _write_private(draft / self.files.reserve.name, bytes(RESERVE_BYTES))
            for path in (self.files.messages, self.files.events, self.files.live, self.files.inbox):
                _write_private(draft / path.name, b"")
            draft.rename(folder)
            for path in (self.files.messages, self.files.events, self.files.live):
                self._descriptor(path)
        except OSError as error:
            shutil.rmtree(draft, ignore_errors=True)
            raise RecordError(_advice(folder, error)) from error

    def reopen(self, n_messages: int) -> None:
        """Go on with a folder that another process has left, of which `repair` has made whole lines again."""
        self.n_messages = n_messages
        self._live_is_empty = False
        try:
            for path in (self.files.messages, self.files.events, self.files.live):
                self._descriptor(path)
            _write_private(self.files.reserve, bytes(RESERVE_BYTES))
            for path in (self.files.diff, self.files.stats):
                path.unlink(missing_ok=True)
        except OSError as error:
            raise RecordError(_advice(self.files.folder, error)) from error
        self.clear_live()

    def metadata(self, metadata: Mapping[str, Any]) -> None:
        """Replace `metadata.json` atomically."""
        self._replace(self.files.metadata, _pretty(metadata))

    def message(self, message: Mapping[str, Any]) -> int:
        """Append one message to the history and empty the live file; returns the message's index."""
        self._append(self.files.messages, dump(message))
        self.n_messages += 1
        self.clear_live()
        return self.n_messages - 1

    def event(self, kind: str, **fields: Any) -> None:
        """Append one event. Events about a message are written before it, so whoever sees the message knows them."""
        self._append(self.files.events, dump({"t": stamp(), "type": kind, **fields}))

    def copy_event(self, event: Mapping[str, Any]) -> None:
        """Append an event as another run has written it, its time included."""
        self._append(self.files.events, dump(event))

    def live(self, kind: str, piece: str, **fields: Any) -> None:
        """Take a piece of what is in flight; it is on disk after at most `LIVE_INTERVAL` and the next `tick`."""
        if self._pending and _continues(self._pending[-1], kind, fields):
            self._pending[-1]["s"] += piece
        else:
            self._pending.append({"m": self.n_messages, "k": kind, "s": piece, **fields})
        self.tick()

    def tick(self) -> bool:
        """Write pending pieces, or a sign of life, when it is time, and say whether it was; call it often."""
        idle = time.monotonic() - self._flushed
        if not self._pending and idle >= BEAT_INTERVAL:
            self._pending.append({"m": self.n_messages, "k": "beat", "t": stamp()})
        if not self._pending or idle < LIVE_INTERVAL:
            return False
        self.flush_live()
        return True

    def flush_live(self) -> None:
        """Write pending pieces now."""
        if self._pending:
            self._append(self.files.live, b"".join(dump(record) for record in self._pending))
            self._pending.clear()
            self._live_is_empty = False
        self._flushed = time.monotonic()

    def clear_live(self) -> None:
        """Forget what was in flight: its message is complete."""
        self._pending.clear()
        if not self._live_is_empty:
            try:
                os.ftruncate(self._descriptor(self.files.live), 0)
            except OSError as error:
                raise RecordError(_advice(self.files.live, error)) from error
            self._live_is_empty = True

    def write(self, path: Path, data: bytes) -> None:
        """Write one of the files that come at the end (diff, statistics), atomically."""
        self._replace(path, data)

    def release_reserve(self) -> None:
        """Give back the space that was kept for the last lines of a run whose disk is full."""
        with contextlib.suppress(OSError):
            self.files.reserve.unlink()

    def close(self) -> None:
        """Close the files; the recorder cannot be used after it."""
        for descriptor in self._open.values():
            os.close(descriptor)
        self._open.clear()

    def _descriptor(self, path: Path) -> int:
        if path not in self._open:
            self._open[path] = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        return self._open[path]

    def _append(self, path: Path, data: bytes) -> None:
        try:
            descriptor = self._descriptor(path)
            written = os.write(descriptor, data)
            if written < len(data):
                # Only a disk that fills up cuts a write to a file short. Take the piece back, then meet the error.
                os.ftruncate(descriptor, os.fstat(descriptor).st_size - written)
                written = os.write(descriptor, data)
                if written < len(data):
                    os.ftruncate(descriptor, os.fstat(descriptor).st_size - written)
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            raise RecordError(_advice(path, error)) from error

    def _replace(self, path: Path, data: bytes) -> None:
        partial = path.with_name(path.name + ".part")
        try:
            _write_private(partial, data)
            partial.replace(path)
        except OSError as error:
            with contextlib.suppress(OSError):
                partial.unlink()
            raise RecordError(_advice(path, error)) from error


def dump(record: Mapping[str, Any]) -> bytes:
    """One record as a JSON line. Text that UTF-8 cannot hold (lone surrogates) is escaped, as JSON allows."""
    try:
        return orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError:
        return json.dumps(record, default=str).encode() + b"\n"


def _continues(last: Mapping[str, Any], kind: str, fields: Mapping[str, Any]) -> bool:
    """Whether a piece with these fields can be joined to the last one; the first piece of a call names it."""
    if last["k"] != kind or "name" in fields:
        return False
    return not fields or (last.get("i") == fields.get("i") and last.get("id") == fields.get("id", last.get("id")))


def _pretty(value: object) -> bytes:
    """A whole document, for people too."""
    try:
        return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE, default=str)
    except TypeError:
        # A path or a task in bytes that are no UTF-8.
        return json.dumps(value, indent=2, default=str).encode() + b"\n"


def _write_private(path: Path, data: bytes) -> None:
    """Write a file that only its owner may read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)


def _advice(path: Path, error: OSError) -> str:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    way_out = "Make room or choose" if full else "Choose"
    return f"cannot write {path}: {error.strerror or error}. {way_out} another place with --runs-dir"
