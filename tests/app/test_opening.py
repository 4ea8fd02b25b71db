"""Large files are shown while they are gone through, and searched; a path goes straight to its run."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from nano_agent.formats import stored
from nano_agent.formats.stored import StoredMessages
from nano_tui.app import NanoTui
from nano_tui.opening import holds_one_run
from nano_tui.run_view import RunView
from nano_tui.settings import Settings
from support.runs import history, mini_file, nano_folder, say
from support.screen import typed, until_seen

STEPS = 1200


@pytest.fixture
def large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run of 1,200 steps that counts as a large one."""
    monkeypatch.setattr(stored, "FROM_BYTES", 100_000)
    messages = []
    for i in range(STEPS):
        call = {"id": "c", "type": "function", "function": {"name": "bash", "arguments": '{"command": "ls"}'}}
        messages.append({"role": "assistant", "content": f"Look {i}.", "tool_calls": [call], "extra": {"cost": 0.01}})
        content = f"found number {i}\n" + "line\n" * 20
        messages.append(
            {"role": "tool", "tool_call_id": "c", "content": content, "extra": {"returncode": int(i == 1000)}}
        )
    document = {"info": {}, "messages": messages, "trajectory_format": "mini-swe-agent-1.1"}
    path = tmp_path / "large.traj.json"
    path.write_text(json.dumps(document, indent=2))
    return path


async def test_a_large_file_opens_from_the_command_line_and_is_searched(large: Path) -> None:
    app = NanoTui(Settings((large,)))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await until_seen(pilot, "Look 0.", f"step {STEPS}")
        view = app.query_one("#browse-view", RunView)
        messages = view.transcript.view.messages
        assert isinstance(messages, StoredMessages)
        assert len(messages.looks) == 2 * STEPS
        await pilot.press("G")
        await until_seen(pilot, f"Look {STEPS - 1}.")
        await pilot.press("[", "e")
        await until_seen(pilot, "Look 1000.")
        await typed(pilot, "slash", *"number 7[0-9]9", "enter")
        await until_seen(pilot, "found number 709", "1 of 10")
        await pilot.press("escape", "dollar_sign")
        await until_seen(pilot, f"${STEPS / 100:.2f}")
        assert len(messages._cache) <= 512


async def test_a_large_file_that_is_cut_short_while_it_is_shown(large: Path) -> None:
    app = NanoTui(Settings((large,)))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await until_seen(pilot, f"step {STEPS}")
        os.truncate(large, 10_000)
        await pilot.press("G")
        await until_seen(pilot, "can no longer be read")
        await pilot.press("g")
        await until_seen(pilot, "Look 0.")


async def test_a_run_folder_goes_straight_to_the_run(tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "2026-01-01T00-00-00"
    nano_folder(folder, history("Mend the fence", say("The fence is mended.")))
    app = NanoTui(Settings((folder,)))
    async with app.run_test(size=(120, 40)) as pilot:
        await until_seen(pilot, "The fence is mended.")
        await pilot.press("escape")
        await until_seen(pilot, "1 run")


def test_what_holds_one_run(tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "2026-01-01T00-00-00"
    nano_folder(folder, history("Mend the fence", say("Done.")))
    mini = mini_file(tmp_path / "a.traj.json")
    table, one = tmp_path / "table.jsonl", tmp_path / "one.jsonl"
    row = json.dumps({"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]})
    one.write_text(row + "\n")
    table.write_text(f"{row}\n{row}\n")
    assert [holds_one_run(path) for path in (folder, folder / "messages.jsonl", mini, one)]
    assert not any(holds_one_run(path) for path in (folder.parent, table, tmp_path / "absent"))
