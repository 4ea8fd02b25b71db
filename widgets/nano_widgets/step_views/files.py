"""The files of the work tree as of a step: a tree, and the file that was chosen in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.events import Resize
from textual.widget import Widget

from nano_agent.changes import Changes, FileText, Folder, changes_of
from nano_widgets import syntax
from nano_widgets.diff_text import ADD, parse
from nano_widgets.file_tree import FileTree
from nano_widgets.file_view import FileLines, FileView, file_lines
from nano_widgets.step_views.base import Sight, StepView

_BESIDE_FROM = 100
"""Cells of width from which on the file stands beside the tree."""
_OPENED_AT_FIRST = 40
"""So many folders with changes at most are unfolded by themselves."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that was read."""

    lines: FileLines
    title: str
    notes: tuple[str, ...]
    nothing: str


class FilesPane(Horizontal):
    """The tree and the file, beside each other or in turn."""

    DEFAULT_CSS = """
    FilesPane > FileTree { width: 1fr; }
    FilesPane > FileView { width: 1fr; }
    FilesPane.-wide > FileTree { width: 2fr; border-right: vkey $foreground 20%; }
    FilesPane.-wide > FileView { width: 3fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Files", tooltip="Back to the list of files", id="files.back"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.files = FileTree()
        self.view = FileView()
        self.reading = False
        self.side: FilesSide | None = None
        """What looks up what is chosen here."""

    def compose(self) -> ComposeResult:
        """The tree and the file."""
        yield self.files
        yield self.view

    def on_mount(self) -> None:
        """Begin with the tree."""
        self.view.notice = "Enter opens the file under the cursor."
        self.place()

    def on_resize(self, event: Resize) -> None:
        """Both stand beside each other where there is room."""
        self.set_class(event.size.width >= _BESIDE_FROM, "-wide")
        self.place()

    def place(self) -> None:
        """Show the tree, the file, or both."""
        wide = self.has_class("-wide")
        self.files.display = wide or not self.reading
        self.view.display = wide or self.reading

    def read(self, reading: bool) -> None:
        """Go to the file, or back to the tree."""
        self.reading = reading
        self.place()
        (self.view if reading else self.files).focus()

    @on(FileTree.FolderToggled)
    def _toggled(self, message: FileTree.FolderToggled) -> None:
        message.stop()
        if self.side is not None:
            self.side.toggle(message.path)

    @on(FileTree.FileChosen)
    def _chosen(self, message: FileTree.FileChosen) -> None:
        message.stop()
        if self.side is not None:
            self.side.open(message.entry.path)

    def action_close(self) -> None:
        """Back to the tree."""
        self.read(False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Going back only from a file."""
        return action != "close" or self.view.has_focus


class FilesSide(StepView):
    """Lists what is unfolded, and reads what is opened, in a thread."""

    def __init__(self) -> None:
        self.pane = FilesPane()
        super().__init__(self.pane)
        self.pane.side = self
        self._sight: Sight | None = None
        self._run: object = None
        self._open: set[str] | None = None
        self._path = ""
        self.pane.files.notice = "Looking up the files …"

    @property
    def target(self) -> Widget:
        """The tree, or the file that is read."""
        return self.pane.view if self.pane.reading else self.pane.files

    def clear(self, notice: str) -> None:
        """Show nothing, and say why."""
        self._sight = None
        self.pane.files.show({})
        self.pane.files.notice = notice
        self.pane.view.show(None)

    def show(self, sight: Sight) -> None:
        """Show the files as of a step; what was unfolded and opened stays so."""
        if self._run is not sight.run:
            self._run, self._open, self._path = sight.run, None, ""
            self.pane.reading = False
            self.pane.view.show(None)
            self.pane.view.notice = "Enter opens the file under the cursor."
        self._sight = sight
        self.pane.call_later(self._list, sight)

    def _list(self, sight: Sight) -> None:
        if sight is not self._sight:
            return
        opened = self._open

        def work() -> tuple[dict[str, Folder], set[str]]:
            changes = changes_of(sight.run)
            wanted = _changed_folders(changes, sight.number) if opened is None else opened
            return {path: changes.folder(path, sight.number) for path in ("", *sorted(wanted))}, wanted

        self.aside("files", work, lambda found: self._put(sight, *found))
        if self._path:
            self._read(self._path)

    def _put(self, sight: Sight, folders: dict[str, Folder], opened: set[str]) -> None:
        if sight is self._sight:
            self._open = opened
            self.pane.files.show(folders)

    def toggle(self, path: str) -> None:
        """Unfold a folder, or fold it."""
        self._open = (self._open or set()) ^ {path}
        if self._sight is not None:
            self._list(self._sight)

    def open(self, path: str) -> None:
        """Read a file."""
        self._path = path
        self.pane.read(True)
        self._read(path)

    def _read(self, path: str) -> None:
        sight = self._sight
        if sight is not None:
            self.aside("file", lambda: _opened(sight, path), lambda found: self._show_file(sight, path, found))

    def _show_file(self, sight: Sight, path: str, opened: Opened) -> None:
        if sight is self._sight and path == self._path:
            has = len(opened.lines.lines) > 1
            self.pane.view.show(opened.lines if has else None, opened.title, opened.notes)
            self.pane.view.notice = opened.nothing


def _changed_folders(changes: Changes, step: int) -> set[str]:
    """The folders that hold changes, so that these are seen at once."""
    found = set[str]()
    for path in changes.changed(0, step):
        parts = path.split("/")[:-1]
        found |= {"/".join(parts[: depth + 1]) for depth in range(len(parts))}
        if len(found) > _OPENED_AT_FIRST:
            return set()
    return found


def _opened(sight: Sight, path: str) -> Opened:
    syntax.load()
    changes, step = changes_of(sight.run), sight.number
    found: FileText = changes.text(path, step)
    if found.text is None:
        return Opened(file_lines(path, "", ()), path, (), f"{path}: {found.note}")
    lines = file_lines(path, found.text, _changed_lines(changes, path, step))
    notes = (found.note,) if found.note else ()
    return Opened(lines, f"step {step} · {found.provenance}", notes, f"{path}: it is empty.")


def _changed_lines(changes: Changes, path: str, step: int) -> set[int]:
    """The numbers of the lines that are not as at the start."""
    diff = parse(changes.diff(0, step).text)
    for number, file in enumerate(diff.files):
        if file.path == path:
            end = diff.files[number + 1].start if number + 1 < len(diff.files) else len(diff.lines)
            added = (diff.numbers(line)[1] for line in range(file.start, end) if diff.kinds[line] == ADD)
            return {line for line in added if line is not None}
    return set()
