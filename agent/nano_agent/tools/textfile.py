"""Text files as they are: encoding, line ends and mode survive an edit, and a write is whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from nano_agent.sandbox.files import HOST_FILES, FileRefused, write_file

LARGEST = 32 * 1024 * 1024
"""Bytes of the largest file that is patched."""

NotText = FileRefused
"""The file is not text that can be edited; the message says why."""


class Files(Protocol):
    """Where files are read and written: a sandbox."""

    def read_file(self, path: Path, largest: int) -> bytes:
        """See `Sandbox.read_file`."""

    def write_file(self, path: Path, data: bytes) -> None:
        """See `Sandbox.write_file`."""


@dataclass(frozen=True, slots=True)
class TextFile:
    """A text file's content and how it is stored."""

    path: Path
    text: str
    encoding: str
    files: Files

    @property
    def crlf(self) -> bool:
        """Whether its lines end as on Windows."""
        return "\r\n" in self.text

    @classmethod
    def read(cls, path: Path, files: Files = HOST_FILES) -> TextFile:
        """Read it, line ends untouched; raises `NotText` for what cannot be edited, and `OSError`."""
        data = files.read_file(path, LARGEST)
        if b"\0" in data:
            raise NotText("binary file")
        try:
            return cls(path, data.decode("utf-8"), "utf-8", files)
        except UnicodeDecodeError:
            # Every byte is a character of Latin-1, so what is not edited stays as it was.
            return cls(path, data.decode("latin-1"), "latin-1", files)

    def write(self, text: str) -> None:
        """Replace the content atomically; raises `NotText` when the file's encoding has no such character."""
        try:
            data = text.encode(self.encoding)
        except UnicodeEncodeError as error:
            raise NotText(f"the file is {self.encoding} and cannot hold {error.object[error.start]!r}") from None
        self.files.write_file(self.path, data)


def replace(path: Path, data: bytes) -> None:
    """Put `data` in the place of a file's content in one step, keeping mode and owner; folders are made."""
    write_file(path, data)
