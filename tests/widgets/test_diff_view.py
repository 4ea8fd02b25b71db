"""A diff to read."""

from __future__ import annotations

import pytest

from support.diff_host import DiffHost
from support.hostile import EVERYTHING, HOSTILE
from support.painted import assert_harmless, lines
from support.screen import until

DIFF = """\
diff --git a/ranges.py b/ranges.py
--- a/ranges.py
+++ b/ranges.py
@@ -10,3 +10,4 @@ def parse_range(text):
 \tdef spread(a, b):
-    for i in range(a, b):
+    for i in range(a, b + 1):
+        # inclusive
diff --git a/notes.md b/notes.md
new file mode 100644
--- /dev/null
+++ b/notes.md
@@ -0,0 +1,2 @@
+hello
+{long}end
"""


async def test_a_diff_is_shown() -> None:
    app = DiffHost()
    async with app.run_test(size=(80, 30)) as pilot:
        app.view.show(DIFF.format(long="x" * 200), "this step")
        await pilot.pause()
        shown = app.lines
        assert shown[:4] == ["this step: 2 files  +4 -1", "ranges.py  +2 -1", "notes.md  +2 -0", ""]
        assert shown[4].startswith("▾ ranges.py")
        assert shown[4].endswith("+2 -1")
        assert "   10    10      def spread(a, b):" in lines(app.view)[6]
        assert "   11       -    for i in range(a, b):" in lines(app.view)[7]
        assert "         11 +    for i in range(a, b + 1):" in lines(app.view)[8]
        marked = [s.text for s in app.view.render_line(8) if s.style is not None and s.style.underline]
        assert "".join(marked) == " + 1"
        grounds = {s.style.bgcolor for y in (7, 8) for s in app.view.render_line(y) if s.style and s.text.strip("│ ┃")}
        assert len(grounds) == 2


async def test_long_lines_run_out_of_sight_or_wrap() -> None:
    app = DiffHost()
    async with app.run_test(size=(80, 30)) as pilot:
        app.view.show(DIFF.format(long="x" * 200))
        await until(pilot, lambda: any(line.endswith("end") for line in app.lines), "what was changed is in sight")
        assert not any(line.endswith("…") for line in app.lines)
        await pilot.press("w")
        assert not any("end" in line for line in app.lines)
        assert any(line.endswith("…") for line in app.lines)
        await pilot.press(">", ">", ">", ">", ">", ">", ">", ">", ">")
        assert any("end" in line for line in app.lines)
        await pilot.press("<", "w")
        assert any(line.endswith("end") for line in app.lines)
        assert not any(line.endswith("…") for line in app.lines)


@pytest.mark.parametrize("beside", [False, True], ids=["unified", "beside"])
async def test_only_the_first_row_of_a_wrapped_line_has_its_sign(beside: bool) -> None:
    app = DiffHost()
    async with app.run_test(size=(130, 40)) as pilot:
        app.view.show(DIFF.format(long="x" * 200))
        await pilot.press(*(["b"] if beside else []))
        await until(pilot, lambda: any("xxend" in line for line in app.lines))
        wrapped = [line for line in app.lines if "xxx" in line]
        assert [line.partition("xxx")[0].count("+") for line in wrapped] == [1] + [0] * (len(wrapped) - 1)
        assert len(wrapped) >= 2


async def test_keys_go_to_changes_and_files() -> None:
    app = DiffHost()
    async with app.run_test(size=(80, 5)) as pilot:
        app.view.show(DIFF.format(long="x" * 200))
        await pilot.press("]", "d")
        assert "@@ -10,3" in app.lines[0]
        await pilot.press("]", "f")
        assert app.lines[0].startswith("▾ notes.md")
        await pilot.press("[", "f")
        assert app.lines[0].startswith("▾ ranges.py")
        await pilot.press("y")
        assert app.clipboard == DIFF.partition("diff --git a/notes.md")[0]
        await pilot.press("Y")
        assert app.clipboard == DIFF.format(long="x" * 200)


async def test_nothing_is_said_as_such() -> None:
    app = DiffHost()
    async with app.run_test(size=(80, 5)) as pilot:
        app.view.show("")
        await pilot.pause()
        assert app.lines[0] == "No changes."
        app.view.show(None)
        await pilot.pause()
        assert app.lines[0] == "No diff is recorded."


@pytest.mark.parametrize("size", [(10, 3), (100, 40)])
async def test_hostile_text(size: tuple[int, int]) -> None:
    app = DiffHost()
    async with app.run_test(size=size):
        view = app.view
        for text in (*HOSTILE.values(), EVERYTHING):
            body = "\n".join(f"{sign}{line}" for line in text.split("\n") for sign in "-+")
            git = f"diff --git a/{text} b/{text}\n@@ -1,99 +1,99 @@\n{body}"
            for diff in (text, git, f"*** Update File: {text}\n{body}"):
                view.show(diff)
                for act in (lambda: view.action_side(1), view.action_wrap, view.action_go_end):
                    act()
                    assert_harmless(view)


async def test_a_large_diff() -> None:
    app = DiffHost()
    body = "-old line\n+new line\n" * 100_000
    async with app.run_test(size=(120, 48)) as pilot:
        app.view.show(f"--- a/x\n+++ b/x\n@@ -1,100000 +1,100000 @@\n{body}")
        lines(app.view)
        await pilot.press("G")
        assert app.lines[-1].endswith("100000 +new line")
