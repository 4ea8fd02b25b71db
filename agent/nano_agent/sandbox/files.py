"""Reading and writing files of the work tree on this machine, whatever a neighbour does to the folders meanwhile.

A path was resolved and found to lie in the work tree; until it is opened, a process may have put a link in the place of
one of its folders. So it is opened folder by folder from the root of the file system, and a link on the way is refused.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from stat import S_ISLNK, S_ISREG

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC | getattr(os, "O_PATH", 0)


class FileRefused(ValueError):
    """The file is not one to read or write; the message tells the model why."""


class HostFiles:
    """The files of sandboxes whose work tree lies on this machine."""

    def read_file(self, path: Path, largest: int) -> bytes:
        """See `Sandbox.read_file`."""
        return read_file(path, largest)

    def write_file(self, path: Path, data: bytes) -> None:
        """See `Sandbox.write_file`."""
        write_file(path, data)


HOST_FILES = HostFiles()


def read_file(path: Path, largest: int) -> bytes:
    """The bytes of a regular file; raises `FileRefused`, `OSError`.

    Pipes and devices are refused before they are read, for reading one may never end.
    """
    with _folder_of(path) as folder:
        # Not blocking, for opening a pipe waits until somebody writes to it.
        descriptor = os.open(path.name, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
        with os.fdopen(descriptor, "rb") as file:
            stat = os.fstat(descriptor)
            if not S_ISREG(stat.st_mode):
                raise FileRefused("not a regular file")
            if stat.st_size > largest:
                raise FileRefused(f"the file has {stat.st_size // 1_000_000} MB; that is too large")
            return file.read(largest + 1)


def write_file(path: Path, data: bytes) -> None:
    """Put `data` in the place of a file's content in one step, keeping mode and owner; new files get the usual ones.

    Folders that are missing are made.
    """
    with _folder_of(path, make=True) as folder:
        draft = f".nano-{secrets.token_hex(8)}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(draft, flags, 0o666, dir_fd=folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                _make_alike(file.fileno(), path.name, folder)
            os.replace(draft, path.name, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            os.unlink(draft, dir_fd=folder)
            raise


@contextlib.contextmanager
def _folder_of(path: Path, *, make: bool = False) -> Iterator[int]:
    """A descriptor of the folder that a resolved path lies in, reached without following any link."""
    folder = os.open("/", _FOLDER)
    try:
        for part in path.parts[1:-1]:
            inner = _enter(folder, part, make=make)
            os.close(folder)
            folder = inner
        yield folder
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise FileRefused("a link was put in its place meanwhile") from None
        raise
    finally:
        os.close(folder)


def _enter(folder: int, part: str, *, make: bool) -> int:
    try:
        return os.open(part, _FOLDER, dir_fd=folder)
    except FileNotFoundError:
        if not make:
            raise
        with contextlib.suppress(FileExistsError):
            os.mkdir(part, dir_fd=folder)
        return os.open(part, _FOLDER, dir_fd=folder)
    except NotADirectoryError:
        # What Linux says of a link that it shall not follow and that shall be a folder.
        if S_ISLNK(os.stat(part, dir_fd=folder, follow_symlinks=False).st_mode):
            raise FileRefused("a link was put in its place meanwhile") from None
        raise


def _make_alike(descriptor: int, name: str, folder: int) -> None:
    """Give the new file the owner and the mode of the one it replaces, if there is one."""
    try:
        stat = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return
    if not S_ISREG(stat.st_mode):
        raise FileRefused("not a regular file")
    if not os.access(name, os.W_OK, dir_fd=folder, effective_ids=os.access in os.supports_effective_ids):
        raise FileRefused("the file is read-only")
    with contextlib.suppress(PermissionError):
        os.fchown(descriptor, stat.st_uid, stat.st_gid)
    os.fchmod(descriptor, stat.st_mode & 0o7777)
