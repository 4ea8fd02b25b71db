"""A run against a gold patch."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nano_agent import Trajectory
from nano_agent.changes import changes_of
from nano_agent.changes.gold import Gold, against_gold, gold_in, gold_of
from support.edited import body, rebuilt

SAMPLE = Path(__file__).resolve().parents[3] / "sample_trajectories" / "fix-off-by-one"
OURS = """\
diff --git a/both.py b/both.py
--- a/both.py
+++ b/both.py
@@ -2,3 +2,3 @@
 two
-three
+3
 four
@@ -20,3 +20,3 @@
 x
-y
+z
 w
diff --git a/same.py b/same.py
--- a/same.py
+++ b/same.py
@@ -1 +1 @@
-a
+b
diff --git a/mine.py b/mine.py
new file mode 100644
--- /dev/null
+++ b/mine.py
@@ -0,0 +1 @@
+mine
"""
GOLD = """\
diff --git a/both.py b/both.py
--- a/both.py
+++ b/both.py
@@ -1,4 +1,5 @@
 one
+and a half
 two
-three
+drei
 four
diff --git a/same.py b/same.py
--- a/same.py
+++ b/same.py
@@ -1 +1 @@
-a
+b
diff --git a/theirs.py b/theirs.py
--- a/theirs.py
+++ b/theirs.py
@@ -5,2 +5 @@
 e
-f
"""


def test_files_and_results_are_compared() -> None:
    comparison = against_gold(rebuilt(diff=OURS), Gold(GOLD, "test"))
    assert [(file.path, file.relation, file.added, file.removed) for file in comparison.files] == [
        ("both.py", "differs", 2, 3),
        ("mine.py", "ours", 1, 0),
        ("same.py", "same", 0, 0),
        ("theirs.py", "gold", 1, 0),
    ]
    assert comparison.summary == "1 the same in both · 1 different · 1 only in the run · 1 only in gold"
    assert body(comparison.diff.text) == [
        "@@ -1,5 +1,4 @@", " one", "-and a half", " two", "-drei", "+3", " four",
        "@@ -21,3 +20,3 @@", " x", "-y", "+z", " w",
        "@@ -0,0 +1 @@", "+mine",
        "@@ -5 +5,2 @@", " e", "+f",
    ]  # fmt: skip
    assert comparison.diff.provenance == "submission"


def test_kept_trees_give_the_lines_around() -> None:
    run = Trajectory.load(SAMPLE)
    assert run.diff
    same = against_gold(changes_of(run), Gold(run.diff, "itself"))
    assert {file.relation for file in same.files} == {"same"}
    assert same.diff.text == ""
    nothing = against_gold(changes_of(run), Gold("", "nothing"))
    assert {file.relation for file in nothing.files} == {"ours"}
    assert body(nothing.diff.text)[1:] == body(run.diff)[1:]


def test_where_a_gold_patch_is_found(tmp_path: Path) -> None:
    assert gold_of(rebuilt_run(gold_diff=GOLD)) == Gold(GOLD, "the run's gold patch")
    assert gold_of(rebuilt_run(metadata={"gold_patch": GOLD})) == Gold(GOLD, "gold_patch in the run's metadata")
    assert gold_of(rebuilt_run(metadata={"sample": {"patch": GOLD}})) == Gold(GOLD, "patch in the run's metadata")
    assert gold_of(rebuilt_run(metadata={"patch": "no diff"})) is None
    assert gold_of(rebuilt_run(metadata={"patch": OURS}, diff=OURS)) is None
    (tmp_path / "gold.diff").write_text(GOLD)
    beside = Trajectory("test", tmp_path / "x.traj")
    assert gold_of(beside) == Gold(GOLD, "gold.diff")


def rebuilt_run(**fields: object) -> Trajectory:
    return Trajectory("test", Path("nowhere/x.traj"), **fields)  # type: ignore[arg-type]


def test_files_that_hold_gold_patches(tmp_path: Path) -> None:
    rows = [{"instance_id": name, "patch": GOLD} for name in ("a", "b")]
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert gold_in(file, "b").diff == GOLD
    with pytest.raises(ValueError, match="holds 2 patches, and none is for c"):
        gold_in(file, "c")
    file.write_text(json.dumps(rows[0]))
    assert gold_in(file).diff == GOLD
    file.write_text(json.dumps({"gold_patch": "none"}))
    with pytest.raises(ValueError, match="holds no patch"):
        gold_in(file)
    file.write_text("words")
    with pytest.raises(ValueError, match="no unified diff"):
        gold_in(file)
    with pytest.raises(ValueError, match="cannot be read"):
        gold_in(tmp_path / "none")
