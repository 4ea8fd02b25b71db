"""Starting a run from the command line: in this terminal, or in the background."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from nano_agent.checks import CannotStart
from nano_agent.launch import LaunchError, launch
from nano_agent.spec import RunSpec
from nano_tui.naming import NoSuchRun, find_run
from nano_widgets.safe import safe


def start(command: str, spec: RunSpec, *, detach: bool) -> int:
    """Run it here, or start it in the background and print its folder; returns the exit code."""
    if not detach:
        # The engine's heavier parts are not loaded for a detached run, which has a process of its own.
        from nano_tui.foreground import run_in_foreground

        return run_in_foreground(spec, command)
    try:
        say_folder(launch(spec))
    except LaunchError as error:
        return refused(command, str(error))
    return 0


def without_place(run: Path) -> CannotStart:
    """Why a trajectory of another tool cannot be run again or gone on with as it is: its files are not known."""
    return CannotStart("repo_root", f"{run} is no run of ours; give its repository with --repo and --commit.")


def say_folder(folder: Path) -> None:
    """A folder on standard output: harmless on a terminal, for a pipe the bytes as they are."""
    name = safe(str(folder), keep_newlines=False).encode() if sys.stdout.isatty() else os.fsencode(folder)
    sys.stdout.buffer.write(name + b"\n")
    sys.stdout.buffer.flush()


def named(run: str) -> Path:
    """What is meant by RUN: a path, an id or the beginning of one, or `latest`; raises `CannotStart`."""
    if os.path.lexists(Path(run).expanduser()):
        return Path(run).expanduser()
    try:
        return find_run(run)
    except NoSuchRun as error:
        raise CannotStart("run", f"{error}.") from error


def refused(command: str, sentence: str) -> int:
    """Say why nothing was started; the exit code for that. File names may be in the sentence."""
    print(f"nano-tui {command}: {safe(sentence, keep_newlines=False)}", file=sys.stderr)
    return 1


def edited(text: str) -> str | None:
    """The text after the person has changed it in their editor; `None` when they gave up or changed nothing.

    Raises `CannotStart` when there is no such editor.
    """
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    with tempfile.TemporaryDirectory(prefix="nano-tui-") as folder:
        path = Path(folder) / "message.txt"
        path.write_bytes(text.encode("utf-8", "replace"))
        try:
            left = subprocess.run([*shlex.split(editor), str(path)], check=False).returncode
        except (OSError, ValueError) as error:
            raise CannotStart("last", f"{editor!r} cannot be run ({error}); set $EDITOR to your editor.") from error
        if left:
            return None
        changed = path.read_bytes().decode("utf-8", "replace")
    # Editors end the last line; a message that did not end so is not to be different for that alone.
    changed = changed if text.endswith("\n") else changed.removesuffix("\n")
    return changed if changed != text else None
