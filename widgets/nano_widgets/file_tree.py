"""A work tree to browse: folders that unfold, what changed in them, any number of files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.message import Message as Event

from nano_agent.changes import Entry, Folder
from nano_widgets.line_list import LineList
from nano_widgets.palette import Palette
from nano_widgets.row_cursor import LIST_KEYS
from nano_widgets.safe import cells, one_line
from nano_widgets.units import size

_INKS = {"+": "add", "~": "edit", "-": "del", "": ""}


@dataclass(frozen=True, slots=True)
class Node:
    """A row: an entry, and how deep it is."""

    entry: Entry
    depth: int


class FileTree(LineList):
    """Folders and files with `+`, `~` and `-` where they are not as at the start. It says what is to be opened."""

    HELP = (
        "The files as of this step. Enter opens a file, or unfolds a folder; `+` was added since the start, `~` "
        "changed, `-` deleted, ● changed in this very step. `+` as a key leaves only what changed."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        *LIST_KEYS,
        Binding(
            "space", "select", "Unfold", show=False, tooltip="Unfold the folder, or open the file", id="tree.unfold"
        ),
        Binding("plus", "only_changed", "Only changes", tooltip="Only what changed, or all files", id="tree.changed"),
    ]

    @dataclass
    class FolderToggled(Event):
        """A folder is to be unfolded or folded."""

        tree: FileTree
        path: str
        """Its path from the root."""

        @property
        def control(self) -> FileTree:
            """The tree it happened in."""
            return self.tree

    @dataclass
    class FileChosen(Event):
        """A file is to be opened."""

        tree: FileTree
        entry: Entry
        """What is known of it."""

        @property
        def control(self) -> FileTree:
            """The tree it happened in."""
            return self.tree

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.notice = "No files are known."
        self.only_changed = False
        self.folders: Mapping[str, Folder] = {}
        self._places: list[Node] = []
        self._palette = Palette(self)

    def show(self, folders: Mapping[str, Folder]) -> None:
        """Show these folders (by path; `""` is the root), others folded; the cursor stays at its path."""
        at = self._places[self.cursor].entry.path if self._places else ""
        self.folders = folders
        self._places = list(self._below("", 0))
        root = folders.get("")
        said = root.note if root is not None and root.provenance == "none" else ""
        self.notice = said or ("Nothing changed." if self.only_changed else "No files are known.")
        at_path = [i for i, node in enumerate(self._places) if node.entry.path == at]
        self.set_row_count(len(self._places), at_path[0] if at_path else 0)

    def _below(self, path: str, depth: int) -> Iterator[Node]:
        for entry in self.folders[path].entries if path in self.folders else ():
            if self.only_changed and not entry.status and not entry.step_status:
                continue
            yield Node(entry, depth)
            if entry.kind == "folder" and entry.path in self.folders:
                yield from self._below(entry.path, depth + 1)

    def notify_style_update(self) -> None:
        """Forget colours: they changed."""
        super().notify_style_update()
        self._palette.clear()

    def render_row(self, index: int, width: int) -> Iterator[Segment]:
        """A folder or a file."""
        node, style = self._places[index], self._palette.style
        entry = node.entry
        mark = " " if entry.kind != "folder" else "▾" if entry.path in self.folders else "▸"
        about = "●" if entry.step_status else ""
        right = f" {about} {size(entry.size) if entry.size is not None else '':>8}"
        head = f"{'  ' * min(node.depth, width // 4)}{mark} "
        name = {"link": f"{entry.name} →", "submodule": f"{entry.name} (submodule)", "folder": f"{entry.name}/"}
        room = max(1, width - cells(head) - 2 - cells(right))
        words = one_line(name.get(entry.kind, entry.name), room)
        ink = _INKS[entry.status] or ("file" if entry.kind == "folder" else "")
        yield Segment(head, style("muted"))
        yield Segment(f"{entry.status or ' '} ", style(_INKS[entry.status]))
        yield Segment(words + " " * max(0, room - cells(words)), style(ink))
        yield Segment(right, style("muted"))

    def on_line_list_selected(self, message: LineList.Selected) -> None:
        """Say what was chosen."""
        message.stop()
        entry = self._places[message.index].entry
        if entry.kind == "folder":
            self.post_message(self.FolderToggled(self, entry.path))
        else:
            self.post_message(self.FileChosen(self, entry))

    def action_only_changed(self) -> None:
        """Show only what changed since the start, or everything."""
        self.only_changed = not self.only_changed
        self.show(self.folders)
