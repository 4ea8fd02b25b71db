"""What can be asked of a run's changes, and what the answers look like. Every answer says how far it can be trusted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

Provenance = Literal["exact", "reconstructed", "submission", "none"]
"""From work trees that were kept; rebuilt from the run's own edits; the final diff as it was recorded; not known."""
Status = Literal["", "+", "~", "-"]
"""Unchanged, added, changed, deleted."""

MOST = 2_000_000
"""Bytes of a diff, and of a file, that an answer holds at most; one that was cut says so."""


@dataclass(frozen=True, slots=True)
class Diff:
    """A unified diff. Bytes that are no UTF-8 are surrogates, as `os.fsdecode` makes them."""

    text: str
    provenance: Provenance
    note: str = ""
    """Sentences on what is uncertain or missing; empty when there is nothing to say."""
    cut: bool = False

    @property
    def data(self) -> bytes:
        """The diff's own bytes."""
        try:
            return self.text.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:  # surrogates that a model wrote
            return self.text.encode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class FileText:
    """A file as of a step; `None` where it is not text, is not there or is not known, and the note says which."""

    text: str | None
    provenance: Provenance
    note: str = ""
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """Something in a folder of the work tree."""

    name: str
    path: str
    kind: Literal["folder", "file", "link", "submodule"]
    status: Status = ""
    """Against the start; a folder's is `~` when anything in it is not as it was."""
    step_status: Status = ""
    """Against the step before."""
    mode: str = ""
    """As git writes it: `100644`, `100755`, ...; empty when it is not known."""
    size: int | None = None
    """Bytes; `None` for folders and where it is not known."""


@dataclass(frozen=True, slots=True)
class Folder:
    """What is in a folder: folders first, then files, by name; those that were deleted since the start too."""

    entries: tuple[Entry, ...]
    provenance: Provenance
    note: str = ""


class Changes(Protocol):
    """The work tree of one run as of its steps. 0 is the start, n is after step n. May run git: ask in a thread."""

    last: int
    """The last step there is."""
    provenance: Provenance
    """Where the answers come from."""

    def diff(self, before: int, after: int) -> Diff:
        """What changed from one step to another."""

    def final(self) -> Diff:
        """What the run changed in all: as it was recorded, where it was."""

    def changed(self, before: int, after: int) -> Mapping[str, Status]:
        """The paths that changed from one step to another, folders not among them; empty when it is not known."""

    def folder(self, path: str, step: int) -> Folder:
        """What is in a folder (`""` is the root) as of a step."""

    def text(self, path: str, step: int) -> FileText:
        """A file as of a step."""


def entries_of(
    files: Mapping[str, Entry], folder: str, changed: Mapping[str, Status], in_step: Mapping[str, Status]
) -> tuple[Entry, ...]:
    """The entries of one folder: `files` are those in it, to which folders and files that are gone are added."""
    found = dict(files)
    prefix = f"{folder}/" if folder else ""
    for path in (*changed, *in_step):
        if not path.startswith(prefix):
            continue
        name, _, deeper = path[len(prefix) :].partition("/")
        place, status = prefix + name, changed.get(path, "")
        if deeper:
            old = found.get(name) or Entry(name, place, "folder")
            if old.kind == "folder":
                touched: Status = "~" if path in in_step else old.step_status
                found[name] = Entry(name, place, "folder", "~" if status else old.status, touched)
        elif name not in found:
            found[name] = Entry(name, place, "file", status, in_step.get(path, ""))
    return tuple(sorted(found.values(), key=lambda entry: (entry.kind != "folder", entry.name)))
