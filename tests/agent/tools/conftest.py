from __future__ import annotations

from pathlib import Path

import pytest

from nano_agent.sandbox import LocalSandbox
from nano_agent.tools import ToolContext
from nano_agent.tools.apply_patch import ApplyPatchTool
from support.patching import Patch


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "x" / "repo"
    (root / ".git" / "hooks").mkdir(parents=True)
    (root / ".git" / "config").write_text("[core]\n")
    (root / "runs" / "2026-run").mkdir(parents=True)
    (root / "runs" / "2026-run" / "messages.jsonl").write_text("{}\n")
    return root


@pytest.fixture
def patch(root: Path) -> Patch:
    context = ToolContext(
        root=root.resolve(),
        record=root / "runs" / "2026-run",
        sandbox=LocalSandbox(root),
        timeout=1,
        stop=lambda: "",
        on_output=lambda _: None,
        spill=root / "spill",
    )
    tool = ApplyPatchTool("apply_patch", "")
    return lambda search, replace, file: tool.run({"search": search, "replace": replace, "file": file}, context)
