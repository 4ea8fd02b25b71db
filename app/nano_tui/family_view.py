"""From a run to those it is related to: the children that its steps were handed to, its forks, what it came from."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on
from textual.binding import Binding
from textual.reactive import reactive

from nano_tui.bridge import in_background
from nano_tui.session_view import SessionView
from nano_widgets.transcript.transcript import Transcript

if TYPE_CHECKING:
    from nano_agent.family import Member
    from nano_agent.record import Update
    from nano_agent.trajectory import Trajectory


class FamilyView(SessionView):
    """A run from which its relatives can be opened, and which can be come back to."""

    BINDINGS = [
        Binding("C", "child", "Child", tooltip="Open the run that this step was handed to", id="run.child"),
        Binding("P", "parent", "Parent", tooltip="Back to the run that handed this one its work", id="run.parent"),
        Binding("F", "family", "Family", show=False, tooltip="Its forks, children, parents", id="run.family"),
    ]

    has_children: reactive[bool] = reactive(False, init=False, bindings=True)
    """Whether work of this run was handed to others."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._came_from: list[tuple[Path, int]] = []
        """Runs whose children were opened one from the other, each with the message that led to the child."""
        self._working = ""
        """The id of the child that works now."""

    # Who there is

    def _show(self, trajectory: Trajectory) -> None:
        super()._show(trajectory)
        self._working = ""
        self.has_children = bool(trajectory.children)
        if self._came_from and trajectory.path == self._came_from[-1][0]:
            self.transcript.go_to_item(self.transcript.view.items.of_message(self._came_from.pop()[1]))
        self.refresh_bindings()

    def go_on(self, update: Update) -> None:
        """See `Watcher.go_on`."""
        super().go_on(update)
        self._working = update.state.child
        if self._working or any(message.child for message in update.messages):
            self.has_children = True

    def _children_here(self) -> Sequence[Path]:
        """The children of the current step, or of the run when that has none."""
        run = self.trajectory
        if run is None:
            return ()
        items = self.transcript.view.items
        step = self.inspector.step if self.inspecting else self.transcript.step
        here = items.messages(items.of_step(step)) if 0 < step <= items.n_steps else ()
        found = [child for i in here if (child := run.messages[i].child) is not None]
        if not found and self._working and step == items.n_steps:
            found = [run.path.parent / self._working]
        return found or run.children

    def _parent_run(self) -> Path | None:
        run = self.trajectory
        if run is None:
            return None
        named = run.metadata.get("parent")
        if run.format == "nano-run" and isinstance(named, str) and named == Path(named).name:
            return run.path.parent / named
        return self._came_from[-1][0] if self._came_from and self._came_from[-1][0] != run.path else None

    # Going there

    @on(Transcript.ChildSelected)
    def _child_selected(self, event: Transcript.ChildSelected) -> None:
        event.stop()
        self.action_child()

    def action_child(self) -> None:
        """Open the child of the current step; where there are several, ask which."""
        children = self._children_here()
        if len(children) == 1:
            in_background(self, "relative", lambda: self._descend(children[0]))
        elif children:
            from nano_tui.pick_screen import PickScreen
            from nano_widgets.pick_list import Option

            options = [Option(str(child), child.name) for child in children]
            self.app.push_screen(PickScreen("Children", options), self._picked_child)

    async def _picked_child(self, picked: set[str] | None) -> None:
        for path in picked or ():
            await self._descend(Path(path))

    async def _descend(self, child: Path) -> None:
        run, items, cursor = self.trajectory, self.transcript.view.items, self.transcript.cursor
        if not await asyncio.to_thread(child.exists):
            self.notify(f"The child run {child.name} is not there any more.", severity="warning")
            return
        if run is not None and cursor < len(items):
            self._came_from.append((run.path, items.messages(cursor)[0]))
        await self._go(child)

    def action_parent(self) -> None:
        """Go back to the parent, to the step that led here where that is known."""
        if (parent := self._parent_run()) is not None:
            if self._came_from and self._came_from[-1][0] != parent:
                self._came_from.clear()
            in_background(self, "relative", lambda: self._go(parent))

    async def _go(self, path: Path) -> None:
        await self.open(path)
        self.main.focus()

    # The whole family

    def action_family(self) -> None:
        """Show who was forked from whom and who worked for whom, to go there."""
        if self.trajectory is not None:
            path = self.trajectory.path
            in_background(self, "family", lambda: self._show_family(path))

    async def _show_family(self, path: Path) -> None:
        from nano_agent.family import family_of
        from nano_tui.pick_screen import PickScreen
        from nano_widgets.pick_list import Option

        members = await asyncio.to_thread(family_of, path)
        if len(members) < 2:
            self.notify("It has no forks and no children, and came from no other run.", markup=False)
            return
        options = [Option(str(one.path), _label(one), _about(one)) for one in members]
        self.app.push_screen(PickScreen("Family", options, {str(path)}), self._go_to)

    async def _go_to(self, picked: set[str] | None) -> None:
        for path in picked or ():
            await self._go(Path(path))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only where there is somebody to go to."""
        if action == "child":
            return self.has_children
        if action == "parent":
            return self._parent_run() is not None
        if action == "family":
            return self.trajectory is not None and self.trajectory.format == "nano-run"
        return super().check_action(action, parameters)


def _label(one: Member) -> str:
    return f"{one.lead}{one.id} {one.origin}".rstrip()


def _about(one: Member) -> str:
    return f"{one.status}  {one.metadata.get('model') or ''}"
