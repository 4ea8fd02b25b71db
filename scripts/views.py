"""Pictures of the views, made from the samples: what is on the screen after some keys.

    .venv/bin/python scripts/views.py [--size 80x24] [--to FOLDER] [NAME ...]

`scripts/picture.py` makes them all for docs/views; with a size of your own they show what becomes of a view there.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]

Size = tuple[int, int]
Press = str | Sequence[str]


@dataclass(frozen=True)
class View:
    """One picture: what is opened, what is pressed, and what must be seen before the next key and at the end."""

    about: str
    size: Size
    sample: str
    """The run that is opened first; empty for the table of all samples."""
    steps: Sequence[tuple[Press, str]]
    pane: str = "browse"
    theme: str = ""


_STEP = [("l", "1 assistant"), ("l", "2 assistant"), ("enter", ""), ("enter", "[call]")]
_EDIT = [(["l"] * 4, "4 assistant"), ("enter", "[call]")]
OFF_BY_ONE = "fix-off-by-one"
VIEWS = {
    "browse": View(
        "The runs that a query finds.", (112, 24), "", [("slash", "words,"), (list("status:done cost>0.001"), " runs")]
    ),
    "groups": View(
        "Runs in groups, with totals.", (112, 30), "", [("b", "Group the runs"), (["j", "j", "j", "enter"], "done")]
    ),
    "transcript": View(
        "The transcript, with its outline and the map of the whole run.",
        (118, 34),
        OFF_BY_ONE,
        [(["l"] * 3, "3 assistant")],
    ),
    "search": View("A search in a run.", (118, 30), OFF_BY_ONE, [("slash", ""), ([*"range\\(", "enter"], "of ")]),
    "call": View("A step: what was called.", (118, 26), OFF_BY_ONE, _EDIT),
    "result": View(
        "A file that was read, with numbers and colours.", (118, 30), OFF_BY_ONE, [*_STEP, ("o", "[result]")]
    ),
    "tree": View("Whatever is JSON, as a tree.", (118, 26), OFF_BY_ONE, [*_EDIT, ("t", "[tree]")]),
    "record": View("The record, byte for byte.", (118, 26), OFF_BY_ONE, [*_EDIT, ("r", "exactly")]),
    "request": View("What the model was sent at this step.", (118, 30), OFF_BY_ONE, [*_EDIT, ("m", "[request]")]),
    "cost": View("Tokens, dollars and seconds.", (118, 30), OFF_BY_ONE, [*_EDIT, ("dollar_sign", "sum")]),
    "diff": View("What the run changed.", (118, 34), "parallel-calls", [("l", "1 assistant"), ("D", "@@")]),
    "side-by-side": View(
        "The same, old and new beside each other.",
        (160, 34),
        "parallel-calls",
        [("z", ""), ("l", "1 assistant"), ("D", "@@"), ("b", "│")],
    ),
    "files": View(
        "The files as they were at a step.",
        (140, 28),
        OFF_BY_ONE,
        [*_EDIT, ("W", "ranges.py"), (["G", "enter"], "def ")],
    ),
    "help": View("The keys of where one is.", (118, 40), OFF_BY_ONE, [("question_mark", "Next error")]),
    "launch": View("A new run.", (100, 36), "", [], pane="launch"),
    "fleet": View("Runs that go on.", (118, 22), "", [], pane="live"),
    "light": View("The light theme.", (118, 30), OFF_BY_ONE, [(["l"] * 4, "4 assistant")], theme="textual-light"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Pictures of the views, as SVG.")
    parser.add_argument("names", nargs="*", default=list(VIEWS), help="which; all when none is named")
    parser.add_argument("--size", help="columns and lines: 80x24")
    parser.add_argument("--to", type=Path, default=ROOT / "docs" / "views")
    chosen = parser.parse_args()
    size = tuple(map(int, chosen.size.split("x"))) if chosen.size else None
    chosen.to.mkdir(parents=True, exist_ok=True)
    for name in chosen.names:
        make(name, chosen.to / f"{name}.svg", size)  # type: ignore[arg-type]


def make(name: str, to: Path, size: Size | None = None) -> None:
    """Make one picture."""
    with tempfile.TemporaryDirectory(prefix="nano-tui-") as temporary:
        for kind in ("CACHE", "STATE", "CONFIG"):
            os.environ[f"XDG_{kind}_HOME"] = f"{temporary}/{kind}"
        os.environ["NANO_RUNS_DIR"] = f"{temporary}/runs"
        picture = asyncio.run(_taken(VIEWS[name], Path(temporary), size or VIEWS[name].size))
    to.write_text(picture, encoding="utf-8")
    print(f"{to.name}: {len(picture) // 1000} kB")


async def _taken(view: View, place: Path, size: Size) -> str:
    from picture import shown, until

    from nano_tui.app import NanoTui
    from nano_tui.samples import samples_folder
    from nano_tui.settings import Settings

    samples = samples_folder()
    assert samples is not None
    # A copy, so that the picture does not say where this checkout is.
    root = shutil.copytree(samples / view.sample, place / "samples" / view.sample)
    os.chdir(place)
    live: AbstractContextManager[None] = fleet(root) if view.pane == "live" else nullcontext()
    with live:
        app = NanoTui(Settings((root,), pane=view.pane))
        async with app.run_test(size=size) as pilot:
            if view.theme:
                app.theme = view.theme
            ready = _ready(view, lambda: shown(app))
            await until(pilot.pause, ready)
            await pilot.pause(0.3)
            for keys, then in view.steps:
                await pilot.press(*([keys] if isinstance(keys, str) else keys))
                await until(pilot.pause, lambda then=then: then in shown(app))  # type: ignore[misc]
            await pilot.pause(0.5)
            return app.export_screenshot(title="nano-tui")


def _ready(view: View, text: Callable[[], str]) -> Callable[[], bool]:
    words = {"launch": "bubblewrap", "live": "Count the pages", "browse": "assistant" if view.sample else "tool_limit"}
    return lambda: words[view.pane] in text()


@contextmanager
def fleet(folder: Path) -> Iterator[None]:
    """Two runs that go on, as their processes would write them: one says something, one runs its tests."""
    from support.live_run import LiveRun

    runs = [LiveRun(folder / f"2026-01-0{n}T00-00-00-{n:08x}", task, "qwen3-8b") for n, task in enumerate(_TASKS, 1)]
    first, second = runs
    for run in runs:
        run.ask()
        run.reply("I look first.", "rg -n parse_range", cost=0.004)
        run.result("ranges.py:9:def parse_range(text: str)")
        run.ask()
    first.stream("The end of the range is missing, so ")
    second.reply("Now the tests.", "python3 -m pytest -q", cost=0.003)
    try:
        yield
    finally:
        for run in runs:
            run.recorder.close()


_TASKS = ("`parse_range` leaves out the last page of a range", "Count the pages of several ranges at once")

if __name__ == "__main__":
    main()
