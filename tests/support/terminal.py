"""A program on a real pseudo-terminal, with an emulated screen to read."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Iterator, Mapping, Sequence

import pyte

# What a terminal answers when a program asks who it is; without an answer some wait for one.
_ANSWERS = {b"\x1b[c": b"\x1b[?62;22c", b"\x1b[6n": b"\x1b[1;1R", b"\x1b[?2026$p": b"\x1b[?2026;2$y"}
_FRAME_END = b"\x1b[?2026l"
# What the emulator does not know and what says nothing about the picture.
_UNKNOWN = re.compile(
    rb"\x1b\[[<>=?][0-9;]*[ -/]*[a-gi-km-z]|\x1b\[[0-9;]*[ -/]+[@-~]|\x1b\[[0-9;]*[tn]|\x1bP.*?\x1b\\", re.S
)

_AT_ONCE = 262_144
"""Bytes after which what came is looked at, though there is more: a program may print for ever."""


class Terminal:
    """Runs a program; `screen` is what a person would see, `raw` every byte that reached the terminal."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        columns: int = 120,
        rows: int = 40,
        environ: Mapping[str, str] | None = None,
        cwd: str | os.PathLike[str] | None = None,
        emulate: bool = True,
    ) -> None:
        """Start it; without `emulate` there is no `screen`, and megabytes of output cost nothing."""
        self.raw = b""
        self.exit_code: int | None = None
        self._emulate = emulate
        self._picture = pyte.Screen(columns, rows)
        self._emulator = pyte.ByteStream(self._picture)
        self.pid, self._descriptor = pty.fork()
        if self.pid == 0:
            if cwd is not None:
                os.chdir(cwd)
            base = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
            os.execvpe(command[0], list(command), {**os.environ, **base, **(environ or {})})
        self._resize(columns, rows)

    @property
    def screen(self) -> str:
        """The screen as text, a line per row."""
        return "\n".join(line.rstrip() for line in self._picture.display)

    def wait_for(self, pattern: str, seconds: float = 20.0) -> str:
        """Read until the pattern is on the screen and return it; `AssertionError` with the screen if it never is."""
        found = re.compile(pattern)
        deadline = time.monotonic() + seconds
        while not found.search(self.screen):
            left = deadline - time.monotonic()
            if left <= 0 or not self._read(left):
                raise AssertionError(f"{pattern!r} is not on the screen:\n{self.screen}")
        return self.screen

    def drain(self, seconds: float) -> list[tuple[float, bytes]]:
        """Read for so long; every piece that came, with the `time.monotonic()` at which it did."""
        pieces = list[tuple[float, bytes]]()
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            before = len(self.raw)
            if not self._read(left):
                break
            if len(self.raw) > before:
                pieces.append((time.monotonic(), self.raw[before:]))
        return pieces

    def frames(self, seconds: float) -> Iterator[tuple[float, str]]:
        """Read for so long; then every picture that was whole by then, with the moment at which its last byte came.

        Working out a picture takes longer than most programs need to send it, so that is done when all is read.
        """
        emulate, self._emulate = self._emulate, False
        pieces = self.drain(seconds)
        self._emulate = emulate
        for moment, data in pieces:
            self._emulator.feed(_UNKNOWN.sub(b"", data))
            if _FRAME_END in data:
                yield moment, self.screen

    def look_away(self) -> None:
        """Keep no picture of the screen from now on: only `raw` grows, and output costs next to nothing."""
        self._emulate = False

    def settle(self, quiet: float = 0.05, first: float = 0.0) -> None:
        """Read until nothing has come for a moment; `first` is how long the first output may take to come."""
        wait = max(first, quiet)
        for _ in range(200):
            before = len(self.raw)
            if not self._read(wait) or len(self.raw) == before:
                return
            wait = quiet

    def type(self, text: str) -> None:
        """Type the text."""
        os.write(self._descriptor, text.encode())

    def resize(self, columns: int, rows: int) -> None:
        """Change the size, as a person who drags the window does."""
        self._picture.resize(rows, columns)
        self._resize(columns, rows)

    def wait_for_exit(self, seconds: float = 10.0) -> int:
        """Read until the program has exited; returns its exit code."""
        deadline = time.monotonic() + seconds
        while self.exit_code is None:
            if time.monotonic() > deadline:
                raise AssertionError(f"still running:\n{self.screen}")
            self._read(0.05)
            done, status = os.waitpid(self.pid, os.WNOHANG)
            if done:
                self.exit_code = os.waitstatus_to_exitcode(status)
        return self.exit_code

    def hang_up(self, seconds: float = 10.0) -> int:
        """Take the terminal away, as a lost connection does, and wait for the program; its exit code."""
        os.close(self._descriptor)
        self._descriptor = -1
        deadline = time.monotonic() + seconds
        while self.exit_code is None:
            assert time.monotonic() < deadline, "it goes on without its terminal"
            done, status = os.waitpid(self.pid, os.WNOHANG)
            self.exit_code = os.waitstatus_to_exitcode(status) if done else None
            time.sleep(0.02)
        return self.exit_code

    def close(self) -> None:
        """Kill it if it still runs."""
        if self.exit_code is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        if self._descriptor >= 0:
            os.close(self._descriptor)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _resize(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def _read(self, seconds: float) -> bool:
        """Take what comes within that time, all that is there by then; false when nothing will come any more."""
        data = b""
        while select.select([self._descriptor], [], [], 0 if data else seconds)[0] and len(data) < _AT_ONCE:
            try:
                piece = os.read(self._descriptor, 65536)
            except OSError:
                piece = b""
            data += piece
            if not piece:
                self._take(data)
                return False
        self._take(data)
        return True

    def _take(self, data: bytes) -> None:
        for question, answer in _ANSWERS.items():
            if question in data:
                os.write(self._descriptor, answer)
        self.raw += data
        if self._emulate:
            self._emulator.feed(_UNKNOWN.sub(b"", data))
