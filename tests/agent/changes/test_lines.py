"""Files of which perhaps only some lines are known; diffs between their versions, and patches read back."""

from __future__ import annotations

import subprocess
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nano_agent.changes import lines as known
from nano_agent.changes import patches
from nano_agent.changes.hunks import apply_hunk
from nano_agent.changes.lines import WHOLE_BASE, Base, Version
from nano_agent.changes.operations import Patch
from nano_agent.changes.unified import Side, file_diff

TEXT = st.lists(st.sampled_from(["a", "b", "c", "", "  d"]), max_size=14).map("\n".join)


def base_of(text: str) -> Base:
    base = Base()
    lines, base.newline = known.split(text)
    base.learn_whole(lines)
    return base


@given(TEXT, TEXT.filter(bool), TEXT, st.booleans())
def test_replacing_is_what_it_is_in_a_text(text: str, old: str, new: str, everywhere: bool) -> None:
    base = base_of(text)
    expected = text.replace(old, new, -1 if everywhere else 1)
    changed = known.replace(WHOLE_BASE, base, old, new, everywhere=everywhere)
    assert (changed is None) == (old not in text)
    if changed is not None:
        assert (changed.text(base) or "").removesuffix("\n") == expected.removesuffix("\n")


@given(TEXT, TEXT)
def test_a_written_file_keeps_the_lines_that_it_had(before: str, after: str) -> None:
    base = base_of(before)
    version = known.write(WHOLE_BASE, base, after)
    assert version.text(base) == after
    numbers = [line for line in version.lines if isinstance(line, int)]
    assert numbers == sorted(set(numbers))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXT, TEXT)
def test_git_applies_a_diff_and_we_do(tmp_path: Path, before: str, after: str) -> None:
    base = base_of(before)
    diff = file_diff(Side("f", WHOLE_BASE, base), Side("f", known.write(WHOLE_BASE, base, after), base))
    assert bool(diff) == (before != after)
    (tmp_path / "f").write_text(before)
    if diff:
        subprocess.run(
            ["git", "apply", "--unidiff-zero", "--whitespace=nowarn"], input=diff, cwd=tmp_path, text=True, check=True
        )
        assert (tmp_path / "f").read_text() == after
        (patch,) = patches.unified(diff)
        assert isinstance(patch, Patch)
        version, shift = WHOLE_BASE, 0
        for hunk in patch.hunks:
            version, _ = apply_hunk(version, base, hunk, (hunk.start or 0) + shift, 0)
            shift += len(hunk.new) - len(hunk.old)
        # Whether the last line ends is not said by the lines of a hunk.
        assert (version.text(base) or "").rstrip("\n") == after.rstrip("\n")


def test_lines_that_are_shown_later_are_known_of_all_versions() -> None:
    base = Base()
    second = known.put_lines(WHOLE_BASE, base, 4, 5, ["new"])
    assert second is not None
    assert known.learn(second, base, 2, ["c", "d", "new", "f", "g"])
    assert base.known == {2: "c", 3: "d", 5: "f", 6: "g"}
    assert not known.learn(second, base, 2, ["other"])
    diff = file_diff(Side("f", WHOLE_BASE, base), Side("f", second, base))
    assert diff.split("\n")[3:-1] == [
        "@@ -3,5 +3,5 @@", " c", " d", "-[line 5 of the file at the start; not known]", "+new", " f", " g",
    ]  # fmt: skip


def test_unknown_lines_end_a_hunk() -> None:
    base = Base({9: "j", 10: "k"}, None)
    version = known.replace(WHOLE_BASE, base, "j", "J")
    assert version is not None
    assert file_diff(Side("f", WHOLE_BASE, base), Side("f", version, base)).split("\n")[3:-1] == [
        "@@ -10,2 +10,2 @@", "-j", "+J", " k",
    ]  # fmt: skip


def test_a_file_without_a_line_end() -> None:
    base = base_of("a\nb")
    diff = file_diff(Side("f", WHOLE_BASE, base), Side("f", Version((0, "b"), None, True), base))
    assert diff.endswith("@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n")


@given(st.text(alphabet="+- @\\1,*ab/\n", max_size=200))
def test_any_text_is_read_as_a_patch(text: str) -> None:
    patches.operations_of(text)
    patches.operations_of(f"*** Begin Patch\n*** Update File: x\n{text}")
    patches.operations_of(f"diff --git a/x b/x\n{text}")


def test_patches_of_both_languages() -> None:
    unified = "diff --git a/old.py b/new.py\nrename from old.py\nrename to new.py\ndiff --git a/gone b/gone\ndeleted file mode 100644\n--- a/gone\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\ndiff --git a/n b/n\nnew file mode 100644\n--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+y\n\\ No newline at end of file\n"  # noqa: E501
    assert [(type(one).__name__, one.path) for one in patches.unified(unified)] == [
        ("Patch", "old.py"), ("Delete", "gone"), ("Write", "n"),
    ]  # fmt: skip
    assert [getattr(one, "text", getattr(one, "to", "")) for one in patches.unified(unified)] == ["new.py", "", "y"]
    envelope = "*** Begin Patch\n*** Add File: n\n+y\n*** Delete File: gone\n*** Update File: a\n*** Move to: b\n@@ def f\n-x\n+y\n@@\n c\n+d\n*** End of File\n*** End Patch"  # noqa: E501
    found = patches.operations_of(envelope)
    assert [(type(one).__name__, getattr(one, "path", "")) for one in found] == [
        ("Write", "n"),
        ("Delete", "gone"),
        ("Patch", "a"),
    ]
    patch = found[-1]
    assert isinstance(patch, Patch)
    assert (patch.to, [hunk.old for hunk in patch.hunks], patch.hunks[0].anchors) == ("b", [("x",), ("c",)], ("def f",))
