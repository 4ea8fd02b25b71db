"""Every row of the table in docs/security.md, tried for real."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from nano_agent.sandbox.bubblewrap_check import why_not
from nano_agent.sandbox.cgroup import ControlGroup
from support.escape_scene import LIMITS
from support.escapes import GROUPS, SECRET

DOCUMENT = Path(__file__).parents[3] / "docs" / "security.md"
PATH = "/usr/local/bin:/usr/bin:/bin"
COLUMNS = ("local", "rbash", "bubblewrap", "bubblewrap, as root")
SOMEBODY = 54321
"""A user that need not exist, for a test that root runs."""


def claims() -> dict[str, dict[str, str]]:
    """Column -> attempt -> open or held, as the document says."""
    lines = [line for line in DOCUMENT.read_text().splitlines() if line.startswith("| ")]
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    header = [cell.replace("`", "") for cell in rows[0][1:]]
    return {name: {row[0]: row[number].strip("*") for row in rows[1:]} for number, name in enumerate(header, 1)}


def attempts(sandbox: str, uid: int) -> Mapping[str, str]:
    """What came of every attempt, made by a process of its own with a key in its environment."""
    environ = {
        "PATH": PATH,
        "HOME": "/",
        "OPENAI_API_KEY": SECRET,
        "GIT_CONFIG_NOSYSTEM": "1",
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }
    code = "from support.escape_scene import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, sandbox, str(uid)], env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(done.stdout)
    return found


def test_the_table_answers_for_every_attempt() -> None:
    titles = [title for group in GROUPS.values() for title in group]
    for column in COLUMNS:
        assert sorted(claims()[column]) == sorted(titles)
        assert set(claims()[column].values()) <= {"open", "held"}


@pytest.mark.parametrize("column", COLUMNS)
def test_what_the_table_says_is_so(column: str) -> None:
    sandbox, _, as_root = column.partition(", ")
    if as_root and os.getuid():
        pytest.skip("only root can try what a run of root's can do")
    if sandbox == "bubblewrap" and (problem := why_not()):
        pytest.skip(problem)
    if missing := [name for name in ("python3", "script", "git") if not shutil.which(name, path=PATH)]:
        pytest.skip(f"the attempts need {', '.join(missing)} among the system's programs")
    said = claims()[column]
    found = dict(attempts(sandbox, os.getuid() or (0 if as_root else SOMEBODY)))
    if as_root and not _can_group():
        said.pop("a flood of processes")
        found.pop("a flood of processes")
    assert found == said


def _can_group() -> bool:
    group = ControlGroup(LIMITS)
    try:
        return bool(group.folders)
    finally:
        group.remove()
