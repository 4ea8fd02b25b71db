"""The names in a run folder, and where run folders are kept."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

FORMAT = "nano-run/1"
RUNS_FOLDER = ".nano-agent"
_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]")


class RunFiles:
    """The files of one run folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.messages = folder / "messages.jsonl"
        self.tools = folder / "tools.json"
        self.metadata = folder / "metadata.json"
        self.events = folder / "events.jsonl"
        self.live = folder / "live.jsonl"
        self.outputs = folder / "outputs"
        self.requests = folder / "requests"
        self.diff = folder / "diff.txt"
        self.stats = folder / "stats.json"
        self.inbox = folder / "inbox.jsonl"
        self.labels = folder / "labels.jsonl"
        self.checkpoints = folder / "checkpoints.git"
        self.log = folder / "run.log"
        self.model_log = folder / "model.log"
        self.reserve = folder / ".reserve"

    def request(self, step: int) -> Path:
        """The file for what was sent for a reply, where that is not simply the history before it."""
        return self.requests / f"{step:05d}.jsonl"

    def output(self, call_id: str) -> Path:
        """The file for the full output of one call; ids are the model's, so they are made harmless as names."""
        return self.outputs / f"{_UNSAFE.sub('_', call_id)[:100] or 'call'}.txt"


def new_run_id(now: datetime | None = None) -> str:
    """A folder name that sorts by time and never collides: `2026-11-21T03-26-00-1f2e3d4c` (UTC)."""
    now = now or datetime.now(UTC)
    return f"{now.astimezone(UTC):%Y-%m-%dT%H-%M-%S}-{secrets.token_hex(4)}"


def runs_dir(
    repo_root: Path | None, chosen: str | Path | None = None, environ: Mapping[str, str] | None = None
) -> Path:
    """Where runs are kept: the chosen folder, else `$NANO_RUNS_DIR`, else `.nano-agent` in the repository or here."""
    environ = os.environ if environ is None else environ
    if chosen:
        return Path(chosen).expanduser().absolute()
    if configured := environ.get("NANO_RUNS_DIR"):
        return Path(configured).expanduser().absolute()
    return (repo_root or Path.cwd()).absolute() / RUNS_FOLDER
