"""The one screen: three panes, the ways between them, and who is told what."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container
from textual.events import DescendantFocus
from textual.geometry import Size
from textual.reactive import Reactive, reactive
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from nano_tui.arrangement import WIDE, arrange, too_small
from nano_tui.attention import Attention
from nano_tui.beginning import Beginning
from nano_tui.browse_pane import BrowsePane
from nano_tui.fleet_watch import FleetWatch
from nano_tui.key_bar import KeyBar
from nano_tui.launch_pane import LaunchPane
from nano_tui.live_pane import LivePane
from nano_tui.pane import Pane
from nano_tui.pane_tabs import PaneTabs
from nano_tui.ready import ready_for
from nano_tui.runs_feed import RunsFeed
from nano_tui.settings import Settings
from nano_tui.themes import keep_theme
from nano_widgets.fleet_rows import heads, in_words

if TYPE_CHECKING:
    from nano_agent.library.summary import Summary
    from nano_tui.scanning import Scanning
    from nano_tui.session_view import SessionView

PANES = ("launch", "live", "browse")
TOO_SMALL = "This terminal is too small. nano-tui needs 40 columns and 10 lines; it likes 150 columns. q quits."


class MainScreen(Screen[None]):
    """Launch, Live and Browse: side by side where there is room, else one at a time."""

    # The pane that was asked for gets the focus, not the first one.
    AUTO_FOCUS = ""
    BINDINGS = [
        Binding("1", "go(0)", "Launch", show=False, tooltip="Go to the form for a new run", id="app.launch"),
        Binding("2", "go(1)", "Live", show=False, tooltip="Go to the run that is watched", id="app.live"),
        Binding("3", "go(2)", "Browse", show=False, tooltip="Go to the table of all runs", id="app.browse"),
        Binding("z", "zoom", "Zoom", tooltip="Give this pane the whole screen, or give it back", id="app.zoom"),
    ]

    # The widgets that lose and get the focus paint themselves; Textual would have the whole screen painted besides.
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    current: reactive[int] = reactive(2, init=False)
    """Index of the pane that has, or last had, the focus."""
    zoomed: reactive[bool] = reactive(False, init=False)
    """Whether the current pane has the whole screen."""

    def __init__(self, settings: Settings, scanning: Scanning | None = None) -> None:
        """`scanning` is a scan of the same folders that has begun already."""
        super().__init__()
        self._settings = settings
        self._more_roots: list[Path] = []
        self._beginning = Beginning(self, settings)
        self._placed_for = Size(0, 0)
        self.set_reactive(MainScreen.current, PANES.index(settings.pane))
        self.launch = LaunchPane(settings.runs_dir, remembers=settings.first_run is None, id="launch")
        self.live = LivePane(id="live")
        self.browse = BrowsePane(id="browse")
        self._tabs = PaneTabs([pane.NAME for pane in self.panes])
        self._panes = Container(*self.panes, id="panes")
        self._too_small = Static(TOO_SMALL, id="too-small", markup=False)
        self._keys = KeyBar()
        self.feed = RunsFeed(self.browse.runs, self._roots, scanning)
        self.browse.runs.feed = self.feed
        self.fleet = FleetWatch(self)
        self._attention = Attention(self)
        self.going_on: Sequence[Summary] = ()
        """The runs that are going, as far as is known."""

    def compose(self) -> ComposeResult:
        """Panes, tabs for when they do not fit side by side, and the keys."""
        # Before there is anything to lay out, so that the first layout is the right one.
        self.place_panes()
        yield self._tabs
        yield self._panes
        yield self._too_small
        yield self._keys

    @property
    def panes(self) -> tuple[Pane, ...]:
        """The three, in their order."""
        return (self.launch, self.live, self.browse)

    def on_mount(self) -> None:
        """Begin in the pane that was asked for; what takes time comes after the first picture."""
        self.app.theme_changed_signal.subscribe(self, lambda _: self.place_panes())
        self.call_after_refresh(keep_theme, self.app, self)
        self.call_after_refresh(self._beginning.start)
        self.panes[self.current].go_to()

    def on_unmount(self) -> None:
        """Nobody needs the library any more, nor what was made ready for runs."""
        self.feed.close()
        ready_for(self.app).close()

    async def fill_visible(self) -> None:
        """Give the panes that can be seen what they show, the current one first."""
        visible = [pane for pane in self.panes if pane.display]
        visible.sort(key=lambda pane: not pane.has_focus_within)
        for pane in visible[: self._beginning.may_fill]:
            await pane.ensure_filled()

    # Panes

    def place_panes(self) -> None:
        """Put the panes where they belong, and fill those that can be seen now."""
        self._placed_for = self.app.size
        width, height = self.app.size
        unreadable = too_small(width, height)
        how = arrange(width, self.current, zoomed=self.zoomed, live_is_empty=self.live.is_empty)
        with self.app.batch_update():
            for index, (pane, share) in enumerate(zip(self.panes, how.widths, strict=True)):
                pane.display = share is not None
                if share is not None:
                    pane.styles.width = share
                    pane.frame(how.framed, index == self.current)
            self._tabs.current = self.current
            self._tabs.display = how.tabs and not unreadable
            self._panes.display = self._keys.display = not unreadable
            self._too_small.display = unreadable
        if self.is_mounted:
            self.call_after_refresh(self.fill_visible)

    def on_resize(self) -> None:
        """There is room for more panes, or fewer."""
        # A terminal that does not know its size is told the same one over and over.
        if self.app.size != self._placed_for:
            self.place_panes()
            self.refresh_bindings()

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Remember which pane has the focus, however it got there."""
        for index, pane in enumerate(self.panes):
            if pane in event.widget.ancestors_with_self:
                self.current = index

    def watch_current(self) -> None:
        """Show the pane, and that it is the one."""
        self.place_panes()

    def watch_zoomed(self) -> None:
        """Give the current pane the screen, or all three their share."""
        self.place_panes()

    def on_pane_tabs_chosen(self, message: PaneTabs.Chosen) -> None:
        """Go to the pane whose tab was clicked."""
        self.action_go(message.index)

    def action_go(self, index: int) -> None:
        """Show a pane and give it the focus."""
        self.current = index
        self.panes[index].go_to()

    def action_zoom(self) -> None:
        """Toggle between one pane and three."""
        self.zoomed = not self.zoomed

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Zoom only where panes stand side by side."""
        return action != "zoom" or self.size.width >= WIDE

    # Runs

    def _roots(self) -> list[Path]:
        from nano_tui.roots import roots

        return roots(self._settings.paths, self._settings.runs_dir, self._more_roots)

    def on_runs_feed_live(self, message: RunsFeed.Live) -> None:
        """Watch the runs that are going."""
        self.going_on = [run for run in message.runs if run.live]
        self.fleet.watch(message.runs)

    async def on_fleet_watch_seen(self, message: FleetWatch.Seen) -> None:
        """Say what the runs do; when only one goes on and none was watched yet, watch it."""
        going = [row for row in message.rows if not row.state.ended]
        self.launch.show_live(going)
        self._tabs.words = in_words(going)
        was_empty = self.live.is_empty
        # Who has the table before them is not taken to the run that is left in the end.
        self.live.is_untouched = self.live.is_untouched and len(going) < 2
        self.live.show_fleet(message.rows)
        if len(going) == 1 and self.live.is_untouched:
            await self.show_live(going[0].folder)
        elif was_empty:
            self.place_panes()
        self._attention.look(heads(message.rows), self.live.in_sight)

    def on_runs_feed_troubled(self, message: RunsFeed.Troubled) -> None:
        """Say that the next start will take as long as this one."""
        self.notify(f"{message.why[0].upper()}{message.why[1:]}.", severity="warning", timeout=15, markup=False)

    def on_runs_feed_ended(self, message: RunsFeed.Ended) -> None:
        """Say that the list is not kept true any more."""
        self.notify(f"New runs are not listed any more: {message.why}", severity="warning", timeout=15, markup=False)

    async def on_launch_pane_started(self, message: LaunchPane.Started) -> None:
        """Watch what was started."""
        await self._watch_begun(message.folders)

    async def on_session_view_begun(self, message: SessionView.Begun) -> None:
        """Watch what was begun from another run."""
        await self._watch_begun(message.folders)

    async def _watch_begun(self, folders: Sequence[Path]) -> None:
        """Watch a run, or the table of them when there are several, and look for them where they are from now on."""
        self._more_roots += [folder.parent for folder in folders]
        self.feed.look_again()
        for folder in folders:
            self.fleet.also(folder)
        if len(folders) == 1:
            await self._watch(folders[0])
        else:
            self.live.action_fleet()
            self.action_go(PANES.index("live"))

    async def on_launch_pane_watch(self, message: LaunchPane.Watch) -> None:
        """Watch the run that was chosen."""
        await self._watch(message.folder)

    async def show_live(self, folder: Path) -> None:
        """Watch a run in the Live pane, without going there."""
        await self.live.attach(folder)
        self.place_panes()

    async def _watch(self, folder: Path) -> None:
        await self.show_live(folder)
        self.action_go(PANES.index("live"))
