"""Diffs: opening a large one, a key until it is painted, and what git takes for a step in a large repository."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from textual.app import App, ComposeResult

from bench.measure import machine, median, table
from nano_agent.changes.kept import KeptChanges
from nano_agent.trajectory import Trajectory
from nano_widgets.diff_text import parse
from nano_widgets.diff_view import DiffView
from support.repos import make_repo
from support.work import checkpoints

MEGABYTES = (0.01, 5)
FILES = (100, 5000)
ROUNDS = 9


def main() -> None:
    print(machine())
    columns = [asyncio.run(_view(size)) for size in MEGABYTES]
    rows = [[name, *(f"{column[name]:.1f}" for column in columns), "40"] for name in columns[0]]
    table(["a diff: ms, median", *(f"{size:g} MB" for size in MEGABYTES), "limit"], rows)
    print()
    with tempfile.TemporaryDirectory() as temporary:
        found = [_repository(Path(temporary) / str(number), number) for number in FILES]
    rows = [[name, *(f"{column[name]:.1f}" for column in found)] for name in found[0]]
    table(["a step: ms, median", *(f"{number:,} files" for number in FILES)], rows)


class Host(App[None]):
    def compose(self) -> ComposeResult:
        yield DiffView()


def _diff(megabytes: float) -> str:
    hunk = "".join(
        f"-    value_{i} = compute({i})\n+    value_{i} = compute({i}, again=True)\n same\n" for i in range(8)
    )
    parts, number = list[str](), 0
    while sum(map(len, parts[:1])) * len(parts) < megabytes * 1e6:
        body = "".join(f"@@ -{1 + 20 * i},16 +{1 + 20 * i},16 @@\n{hunk}" for i in range(20))
        parts.append(f"diff --git a/f{number}.py b/f{number}.py\n--- a/f{number}.py\n+++ b/f{number}.py\n{body}")
        number += 1
    return "".join(parts)


async def _view(megabytes: float) -> dict[str, float]:
    text = _diff(megabytes)
    found = {"parse (in a thread)": _timed(lambda: parse(text))}
    diff = parse(text)
    app = Host()
    async with app.run_test(size=(160, 48)) as pilot:
        view = app.query_one(DiffView)
        view.focus()

        def painted(act: Callable[[], object]) -> None:
            act()
            for y in range(view.size.height):
                view.render_line(y)

        found["open"] = _timed(lambda: painted(lambda: view.show(diff)))
        for name, action in (
            ("page down", lambda: view.action_scroll_pages(1)),
            ("next hunk", lambda: view.action_go_hunk(1)),
            ("end", view.action_go_end),
            ("start", view.action_go_start),
            ("wrap", view.action_wrap),
            ("side by side", view.action_beside),
            ("fold all", view.action_fold_all),
        ):
            found[name] = _timed(lambda action=action: painted(action))  # type: ignore[misc]
        await pilot.pause()
    return found


def _repository(place: Path, files: int) -> dict[str, float]:
    repo = make_repo(place / "repository", {f"d{n % 50}/f{n}.py": f"value = {n}\n" * 20 for n in range(files)})
    taken = checkpoints(repo, place / "runs")
    trees = {0: taken.take(0)}
    repo.write({"d1/f1.py": "changed\n", "d2/new.py": "new\n"})
    trees[1] = taken.take(1)
    changes = KeptChanges(Trajectory("nano-run", taken.store.parent), trees, 1)
    return {
        "its diff": _timed(lambda: changes.diff(0, 1)),
        "a folder of its work tree": _timed(lambda: changes.folder("d1", 1)),
        "a file of its work tree": _timed(lambda: changes.text("d1/f1.py", 1)),
    }


def _timed(action: Callable[[], object]) -> float:
    taken = list[float]()
    for _ in range(ROUNDS):
        started = time.perf_counter()
        action()
        taken.append((time.perf_counter() - started) * 1000)
    return median(taken)


if __name__ == "__main__":
    main()
