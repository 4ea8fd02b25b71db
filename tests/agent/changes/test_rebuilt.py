"""Work trees rebuilt from the edits of runs that kept none, each dialect of editing by itself."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nano_agent.changes.rebuilt import RebuiltChanges
from nano_agent.formats import NotATrajectory, read
from nano_agent.trajectory import Message, Trajectory
from support.edited import Acted, body, did, edited, ran, rebuilt

SHARED = Path(__file__).resolve().parents[4] / "shared" / "trajectories"
FILE = "one\ntwo\nthree\nfour\nfive\n"
CAT = "Here's the result of running `cat -n` on"
NUMBERED = "".join(f"{n:>6}\t{line}\n" for n, line in enumerate(FILE.split("\n")[:-1], 1))
SHOWN = ran("cat a.txt", FILE)
CHANGED = ["@@ -1,5 +1,5 @@", " one", " two", "-three", "+3", " four", " five"]
ENVELOPE = "*** Begin Patch\n*** Update File: a.txt\n@@\n two\n-three\n+3\n four\n*** End Patch"
UNIFIED = "--- a/a.txt\n+++ b/a.txt\n@@ -2,3 +2,3 @@\n two\n-three\n+3\n four\n"
VIEWED = did("str_replace_editor", f"{CAT} a.txt:\n{NUMBERED}", command="view", path="a.txt")
WINDOW = (
    "[File: /r/a.txt (5 lines total)]\n1:one\n2:two\n3:{}\n4:four\n5:five\n"
    "(Open file: /r/a.txt)\n(Current directory: /r)\nbash-$"
)

DIALECTS: dict[str, tuple[Acted, Acted]] = {
    "search and replace": (
        SHOWN,
        did("apply_patch", "patch applied successfully", search="three", replace="3", file="a.txt"),
    ),
    "Codex' envelope": (SHOWN, did("apply_patch", "Success. Updated the following files:\nM a.txt", input=ENVELOPE)),
    "an envelope in a shell": (SHOWN, ran(f"apply_patch <<'EOF'\n{ENVELOPE}\nEOF")),
    "a unified diff": (SHOWN, did("apply_patch", "done", patch=UNIFIED)),
    "git apply": (SHOWN, ran(f"git apply <<'EOF'\n{UNIFIED}EOF")),
    "patch -p1": (SHOWN, ran(f"cat <<'EOF' | patch -p1\n{UNIFIED}EOF")),
    "str_replace_editor": (
        VIEWED,
        did(
            "str_replace_editor",
            "The file a.txt has been edited.",
            command="str_replace",
            path="a.txt",
            old_str="three",
            new_str="3",
        ),
    ),
    "Edit": (
        did("Read", NUMBERED.replace("\t", "→"), file_path="/r/a.txt"),
        did(
            "Edit",
            "The file /r/a.txt has been updated successfully.",
            file_path="/r/a.txt",
            old_string="three",
            new_string="3",
        ),
    ),
    "MultiEdit": (
        did("Read", NUMBERED, file_path="a.txt"),
        did(
            "MultiEdit",
            "Applied 2 edits",
            file_path="a.txt",
            edits=[
                {"old_string": "three", "new_string": "drei"},
                {"old_string": "drei", "new_string": "3"},
            ],
        ),
    ),
    "Write": (
        did("Read", NUMBERED, file_path="a.txt"),
        did("Write", "updated", file_path="a.txt", content=FILE.replace("three", "3")),
    ),
    "patch_file": (
        did("read_file", "# a.txt\n" + NUMBERED.replace("\t", ": "), path="a.txt", start=1, end=80),
        did("patch_file", "patched a.txt", path="a.txt", old_text="three", new_text="3"),
    ),
    "edit by lines": (
        did("open", WINDOW.format("three"), path="a.txt"),
        did("bash", "[File updated]\n" + WINDOW.format("3"), command="edit 3:3\n3\nend_of_edit"),
    ),
    "edit with a window": (
        did("open", WINDOW.format("three"), path="a.txt"),
        did("edit", "Replaced 1 occurrences.\n" + WINDOW.format("3"), search="three", replace="3"),
    ),
    "edit_file_by_replace": (
        did("run_ipython", re.sub(r"\n(\d):", r"\n\1|", WINDOW.format("three")), code="open_file('a.txt')"),
        did("run_ipython", "[File updated]", code="edit_file_by_replace('a.txt', to_replace='three', new_content='3')"),
    ),
    "heredoc": (SHOWN, ran("cat > a.txt <<'EOF'\none\ntwo\n3\nfour\nfive\nEOF")),
    "sed -i": (SHOWN, ran("cd /r && sed -i 's/three/3/' a.txt && cat a.txt", FILE.replace("three", "3"))),
    "a Python script": (
        SHOWN,
        ran(
            "python - <<'EOF'\nfrom pathlib import Path\np = Path('a.txt')\ns = p.read_text()\n"
            "assert 'three' in s\ns = s.replace('three', '3')\np.write_text(s)\nEOF"
        ),
    ),
    "sed -n and nl": (ran("nl -ba a.txt | sed -n '1,99p'", NUMBERED), ran("sed -i '3c\\3' a.txt")),
}


@pytest.mark.parametrize("name", DIALECTS)
def test_a_dialect(name: str) -> None:
    seen, changed = DIALECTS[name]
    changes = rebuilt(seen, changed, repo="/r")
    diff = changes.diff(1, 2)
    assert body(diff.text) == CHANGED
    assert diff.provenance == "reconstructed"
    assert changes.diff(0, 2).text == changes.final().text == diff.text
    assert changes.changed(0, 2) == {"a.txt": "~"}
    assert changes.diff(0, 1).text == ""
    assert (changes.text("a.txt", 0).text, changes.text("a.txt", 2).text) == (FILE, FILE.replace("three", "3"))


@pytest.mark.parametrize(
    "acted",
    [
        did(
            "apply_patch", "patch operation failed: search string not found", search="three", replace="3", file="a.txt"
        ),
        did(
            "Edit",
            "<tool_use_error>String to replace not found in file.</tool_use_error>",
            file_path="a.txt",
            old_string="three",
            new_string="3",
        ),
        did(
            "str_replace_editor",
            "No replacement was performed, old_str `three` did not appear verbatim.",
            command="str_replace",
            path="a.txt",
            old_str="three",
            new_str="3",
        ),
        did("bash", "Your proposed edit has introduced new syntax error(s).", command="edit 3:3\n3\nend_of_edit"),
        did("Write", "Error: File has not been read yet.", file_path="a.txt", content="x"),
        ran("sed -i 's/three/3/' a.txt", "sed: can't read a.txt", exit_code=2),
        ran("false || sed -i 's/three/3/' a.txt"),
        (
            did("Edit", "x", file_path="a.txt", old_string="three", new_string="3")[0],
            Message("tool", "no", failed=True),
        ),
    ],
)
def test_what_failed_is_not_applied(acted: Acted) -> None:
    changes = rebuilt(did("open", WINDOW.format("three"), path="a.txt"), acted, repo="/r")
    assert changes.diff(0, 2).text == ""


def test_an_edit_without_an_answer_is_not_applied_but_said() -> None:
    run = edited(SHOWN, did("Edit", "", file_path="a.txt", old_string="three", new_string="3"))
    changes = RebuiltChanges(Trajectory("test", Path("run"), run.messages[:-1]))
    diff = changes.diff(0, 2)
    assert (diff.text, "has no answer" in diff.note) == ("", True)


def test_what_is_not_known_is_left_out_and_said() -> None:
    edit = did("Edit", "updated", file_path="a.txt", old_string="three", new_string="3")
    diff = rebuilt(edit).diff(0, 1)
    assert body(diff.text) == ["@@ somewhere in the file @@", "-three", "+3"]
    window = did("view", "".join(f"{n}\tline {n}\n" for n in range(50, 60)), path="b.txt", view_range=[50, 60])
    changes = rebuilt(window, did("Edit", "updated", file_path="b.txt", old_string="line 51\n", new_string=""))
    assert body(changes.diff(1, 2).text) == [
        "@@ -50,5 +50,4 @@",
        " line 50",
        "-line 51",
        " line 52",
        " line 53",
        " line 54",
    ]
    text = changes.text("b.txt", 2)
    assert (text.text or "").split("\n")[48:51] == ["⋯", "line 50", "line 52"]
    assert "49 lines that were never shown are not known" in text.note
    odd = rebuilt(ran("pytest > log.txt 2>&1; git stash pop")).diff(0, 1).note
    assert "`pytest` printed into log.txt" in odd
    assert "`git stash pop` may have changed files" in odd or "`git stash`" in odd


def test_a_later_read_tells_of_earlier_steps() -> None:
    edit = did("Edit", "The file a.txt has been updated.", file_path="a.txt", old_string="three", new_string="3")
    viewed = did("view", NUMBERED.replace("two", "2"), path="a.txt")
    by_line = did("bash", "[File updated]\n" + WINDOW.format("3"), command="edit 3:3\n3\nend_of_edit")
    assert body(rebuilt(edit, viewed).diff(0, 1).text) == ["@@ somewhere in the file @@", "-three", "+3"]
    lines = body(rebuilt(did("open", WINDOW.format("three"), path="a.txt"), by_line, repo="/r").diff(0, 2).text)
    assert lines == CHANGED


def test_the_recorded_final_diff_tells_what_was_there_and_is_compared() -> None:
    git = f"diff --git a/a.txt b/a.txt\n{UNIFIED}"
    edit = did("Edit", "The file has been updated.", file_path="/testbed/a.txt", old_string="three", new_string="3")
    changes = rebuilt(edit, diff=git)
    assert body(changes.diff(0, 1).text) == ["@@ -2,3 +2,3 @@", " two", "-three", "+3", " four"]
    assert (changes.final().text, changes.final().provenance) == (git, "submission")
    assert changes.final().note == "The run's edits, replayed, lead to the same."
    other = did("Edit", "The file has been updated.", file_path="/testbed/a.txt", old_string="three", new_string="drei")
    assert rebuilt(other, diff=git).final().note == "The run's edits, replayed, lead to something else in a.txt."
    alone = rebuilt(ran("ls"), diff=git)
    assert (alone.provenance, alone.diff(0, 1).provenance, alone.final().text) == ("submission", "none", git)
    nothing = rebuilt(ran("ls"))
    assert (nothing.provenance, nothing.final().provenance) == ("none", "none")


def test_files_come_go_and_move() -> None:
    changes = rebuilt(
        did("create", "File created successfully", command="create", path="new.py", file_text="a = 1\n"),
        ran("mv new.py old.py"),
        ran("sed -i 's/1/2/' old.py"),
        ran("rm -rf old.py"),
    )
    assert [dict(changes.changed(step - 1, step)) for step in range(1, 5)] == [
        {"new.py": "+"}, {"new.py": "-", "old.py": "+"}, {"old.py": "~"}, {"old.py": "-"},
    ]  # fmt: skip
    assert "rename from new.py\nrename to old.py" in changes.diff(1, 2).text
    assert body(changes.diff(0, 3).text) == ["@@ -0,0 +1 @@", "+a = 2"]
    assert changes.diff(0, 4).text == ""
    entries = changes.folder("", 3).entries
    assert [(entry.name, entry.status, entry.step_status, entry.size) for entry in entries] == [("old.py", "+", "~", 6)]
    back = rebuilt(
        SHOWN, did("Edit", "ok", file_path="a.txt", old_string="two", new_string="2"), ran("git checkout -- a.txt")
    )
    assert back.diff(1, 2).text
    assert back.diff(0, 3).text == ""


def recorded() -> list[tuple[str, Trajectory]]:
    found = list[tuple[str, Trajectory]]()
    for path in sorted(SHARED.rglob("*")) if SHARED.is_dir() else ():
        whole = (path / "messages.jsonl").exists() if path.is_dir() else not (path.parent / "messages.jsonl").exists()
        if not whole or "decoys" in path.parts or path.suffix not in ("", ".traj", ".json", ".jsonl"):
            continue
        try:
            runs = list(read(path))
        except NotATrajectory:
            continue
        found += [(f"{path.name} {run.sample or ''}", run) for run in runs if run.diff]
    return found


@pytest.mark.skipif(not SHARED.is_dir(), reason="the real trajectories are not beside this repository")
def test_real_runs_lead_to_their_recorded_diffs() -> None:
    agree, differ = list[str](), list[str]()
    for name, run in recorded():
        fit = RebuiltChanges(run).agreement()
        if fit is not None:
            (differ if fit[0] else agree).append(name)
    # One run's editor changed white space on its own, in a way that its version alone knows.
    assert len(differ) <= 1, differ
    assert len(agree) >= 30
