"""Hostile trajectories on a real terminal: the bytes that reach it hold no control sequence but our own.

A short way through benign runs says which kinds are our own: whatever else turns up in hostile ones was their doing.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from nano_tui.cli import COMMANDS
from support import hostile_runs
from support.hostile_runs import Text, benign, corpus, hostile, messages, own
from support.live_run import LiveRun
from support.repos import make_repo
from support.runs import nano_folder
from support.sequences import dangerous_words, found, kinds, words
from support.terminal import Terminal

DOWN, UP, BACK, ENTER, TAB = "j", "k", "\x1b", "\r", "\t"
_SIDES = "codDrtm$"
READING = (
    *("j", "j", " ", "t", "o", "p", "/", "H", ENTER, "n", BACK, "G", "g", TAB, "j", "j", TAB, "\x10", "copy", BACK),
    *("d", *_SIDES, "u", "c", "]", "c", "J", *_SIDES, ">", ">", "j", "j", "\r", "J", *_SIDES, "?", BACK, BACK),
)
ASIDE = (
    ("y", "Copied"),
    ("/model:" + TAB, "gpt|H1"),
    ("\x15" + ENTER, "1 run"),
    (ENTER, "outline|assistant"),
    ("f", "Fork (after|from)"),
    ("\x12", "Fork"),
    (BACK, ""),
    ("R", "It ended"),
    (BACK, ""),
    ("F", "no forks and no children"),
    ("\x10theme", "Choose other colours"),
)
"""With three panes: what is copied, completed, begun anew, refused, and offered by the palette; seen after each."""
ALLOWED = {
    *("CSI  m", "CSI  H", "CSI  J", "CSI  K", "CSI  A", "CSI  B", "CSI  C", "CSI  D", "CSI  G"),
    *("C0 0d", "ESC \\"),
}
"""What a terminal program may always do: colours, and places to write to."""
_ESCAPE, _ANSWER, _MOMENT = 0.25, 0.2, 0.03
_POINTER = "OSC 22"
"""The shape of the mouse's pointer, which Textual sets."""
_COPIED = "OSC 52"
"""What a person copies; the way leads past a key for that."""
_WITH_TEXT = ("OSC", "APC", "PM", "SOS", "DCS", "C1")
NEEDS_MORE = {"demo": "the app, with the samples"}


def _own_kinds(folder: Path, environ: dict[str, str]) -> set[str]:
    """What the app sends to a terminal by itself, from the start over a run and a copy to the end."""
    corpus(folder, benign)
    with _started(folder, environ) as terminal:
        terminal.wait_for("7 runs", 30)
        _type(terminal, "?", BACK, "/", BACK, ENTER)
        terminal.wait_for("outline|assistant")
        terminal.type("y")
        terminal.wait_for("Copied")
        terminal.type("\x11")
        terminal.wait_for_exit(20)
    return kinds(terminal.raw)


def _started(folder: Path, environ: dict[str, str]) -> Terminal:
    return Terminal([sys.executable, "-m", "nano_tui", str(folder)], columns=110, rows=30, environ=environ)


def _app(folder: Path, environ: dict[str, str]) -> bytes:
    """Go through the app: the list, then every side of every run."""
    paths = corpus(folder, hostile)
    with _started(folder, environ) as terminal:
        terminal.wait_for("7 runs", 30)
        terminal.settle(0.3)
        terminal.look_away()
        _type(terminal, "?", BACK, *"GggjjkG")
        for number in range(len(paths)):
            _type(terminal, "g", *[DOWN] * number, ENTER)
            terminal.settle(0.15)
            _type(terminal, *READING if number in (0, len(paths) - 1) else READING[20:35])
            _type(terminal, BACK, BACK)
        # What a person types or pastes is foreign text too, and so are the errors that come of it.
        pasted = "model:\u202e[/]\x1b[200~\x9b31m[@click=app.quit]\x1b[201~"
        _type(terminal, "/", pasted, ENTER, BACK, BACK, "1", "2", "3")
        terminal.type("q")
        terminal.settle(0.2)
        terminal.type("\x11")
        terminal.wait_for_exit(20)
        return terminal.raw


def _type(terminal: Terminal, *keys: str) -> None:
    for key in keys:
        terminal.type(key)
        if key == BACK:
            # After an Esc alone, Textual waits for what may be the rest of a sequence; what comes sooner belongs to it.
            terminal.drain(_ESCAPE)
        else:
            terminal.settle(_MOMENT, _ANSWER)


def _lines(folder: Path, text: Text, repository: Path) -> dict[str, list[list[str | Path]]]:
    """What every command is tried with: with hostile runs, and with hostile words where it takes words."""
    paths: list[Path] = corpus(folder, text)
    word = text(0).replace("\0", "")
    missing = folder / hostile_runs.name_of(text(2))
    recorded = nano_folder(folder / "replayed", messages(text)[:-1], task=word)
    ended = own(folder / hostile_runs.name_of("own" + text(2)), text, ended=True)
    live = own(folder / hostile_runs.name_of("live" + text(4)), text, ended=False)
    recipe, laid = _recipes(folder, text)
    work = ["--repo", repository, "--model", f"replay/{recorded}"]
    runs = folder / hostile_runs.name_of("runs" + text(2))
    laid_over = [[*show, "-c", laid, *form] for show in ([], ["--show", "nano"]) for form in ([], ["--json"])]
    found: dict[str, list[list[str | Path]]] = {
        "ls": [[folder], [folder, "--json"], [folder, "model:" + word], [folder, "--tree"], [missing]],
        "show": [
            *([path] for path in paths),
            [paths[0], "--json"],
            [paths[0], "--step", "2"],
            [paths[0], "--diff"],
            [paths[3], "--diff", "--step", "2"],
            [paths[0], "--diff", "--against", paths[0] / "diff.txt"],
            [missing],
        ],
        "search": [["H|plain", folder], [word, folder], ["H", folder, "--json"]],
        "run": [
            [word, *work, "--runs-dir", runs],
            [word, *work, "--dry-run", "-c", laid],
            [word, *work, "--scaffold", recipe],
            ["--task-file", missing, *work],
            [word, "--repo", missing],
        ],
        "chat": [[word, *work, "--runs-dir", runs], ["/" + word, *work], ["--resume", word, *work]],
        "fork": [
            [paths[0], "--step", "1", *work, "--say", word],
            [paths[3], "--step", "2", *work, "--rerun-commands"],
            [ended, "--step", "1"],
        ],
        "replay": [[paths[3], "--repo", repository, "--sandbox", "local"], [ended], [paths[0]]],
        "resume": [[ended, "--say", word], [live]],
        "follow": [[ended], [ended, "--json"]],
        "scaffolds": [*laid_over, ["--show", recipe], ["--show", word]],
        "say": [[live, word], [ended, word], [missing, word]],
        "approve": [[live], [ended]],
        "limits": [[live], [live, f"{word}=3"]],
        "nano-agent": [[word, "--path", repository, *work[2:], "--verbose"], [word, "--path", missing]],
    }
    for name in COMMANDS:
        if name not in found and name not in NEEDS_MORE:
            found[name] = [[missing], [paths[0]], [paths[0], word]]
    return found


def _recipes(folder: Path, text: Text) -> tuple[Path, Path]:
    """A recipe, and one that is laid over others."""
    recipe, laid = folder / f"{hostile_runs.name_of(text(3))}.yaml", folder / "laid.yaml"
    recipe.write_text(json.dumps({"extends": "nano", "description": text(6), "system": text(7), text(8): text(9)}))
    laid.write_text(json.dumps({"description": text(6).replace("\0", "")}))
    return recipe, laid


@pytest.fixture
def environ(cut_off: Path) -> dict[str, str]:
    return {"HOME": str(cut_off), "NANO_RUNS_DIR": str(cut_off / "runs")}


def test_the_app(tmp_path: Path, environ: dict[str, str]) -> None:
    own = _own_kinds(tmp_path / "benign", environ)
    assert {kind for kind in own if kind.startswith(_WITH_TEXT)} == {_POINTER, _COPIED}
    raw = _app(tmp_path / "hostile", environ)
    _check(raw, own | ALLOWED, "the app")
    copied = [body.split(";")[-1] for kind, body in found(raw) if kind == _COPIED]
    assert not {"ZXZpbA==", "eA==", "TE9ORw=="} & set(copied), "a run's own OSC 52 came through"
    for tab in ("[request]", "[tree]", "[raw]", "[cost]", "[diff]"):
        assert tab in words(raw)


def _live(folder: Path, environ: dict[str, str]) -> bytes:
    """Watch a run while it is written: what streams, is called, comes back, and the word that it has ended."""
    run = LiveRun(folder / "2026-01-01T00-00-00-aaaaaaaa", hostile(0), hostile(1))
    run.ask()
    with _started(folder, environ) as terminal:
        terminal.wait_for("1 live", 30)
        _type(terminal, "2", ENTER)
        for number in range(2, 12):
            run.stream(hostile(number), "reasoning" if number % 2 else "text")
            terminal.settle(_MOMENT, _ANSWER)
        run.reply(hostile(3), "ls", reasoning=hostile(4))
        run.stream(hostile(5), "output")
        terminal.settle(_MOMENT, _ANSWER)
        run.result(hostile(6), exit_code=1, whole=hostile(6) + hostile(7))
        _type(terminal, "w", "s", hostile(8).replace("\0", "").replace("\x1b", "").replace("\n", " ")[:40], BACK, "3")
        run.end("error", hostile(9))
        terminal.settle(0.1, 1.5)
        _type(terminal, "2")
        terminal.resize(170, 40)
        _type(terminal, "3")
        for keys, seen in ASIDE:
            _type(terminal, keys)
            terminal.wait_for(seen)
        _type(terminal, BACK)
        terminal.type("q")
        terminal.wait_for_exit(20)
        return terminal.raw


def test_a_run_that_goes_on(tmp_path: Path, environ: dict[str, str]) -> None:
    raw = _live(tmp_path / "hostile", environ)
    _check(raw, _own_kinds(tmp_path / "benign", environ) | ALLOWED, "a run that goes on")
    for number in (0, 2, 3, 6):
        assert f"H{number} " in words(raw), "the run's words were on the screen"


DRIVER = """
import json, os, sys, traceback
os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # who asks for more gets an end
from nano_agent.cli import main
from nano_tui.cli import run
for argv in json.load(open(sys.argv[1])):
    try:
        main(argv[1:]) if argv[0] == "nano-agent" else run(argv)
    except SystemExit:
        pass  # bad usage, which was said
    except BaseException:
        print(ascii("".join(traceback.format_exc())), "BROKE")
    print("-----", argv[0], flush=True)
"""
"""All commands in one process: each loads its own modules, and nothing is started for each anew."""


def test_the_commands(tmp_path: Path, environ: dict[str, str]) -> None:
    repository = make_repo(tmp_path / "repository", {"a.txt": "a\n"})
    lines = _lines(tmp_path / "hostile", hostile, repository.root)
    todo = [[name, *map(str, arguments)] for name, of in lines.items() for arguments in of]
    (tmp_path / "todo.json").write_text(json.dumps(todo))
    command = [sys.executable, "-c", DRIVER, str(tmp_path / "todo.json")]
    with Terminal(command, environ=environ, cwd=tmp_path, emulate=False) as terminal:
        terminal.wait_for_exit(90)
    output = terminal.raw
    assert b"BROKE" not in output, words(output[: output.index(b"BROKE")])[-2000:]
    assert output.count(b"\n-----") >= len(todo) - 1, words(output)[-2000:]
    # The name of a command stands behind what it printed.
    pieces = re.split(rb"-----( [\w-]+\r?)\n", output)
    for part, name in zip(pieces[::2], pieces[1::2], strict=False):
        _check(part, {"CSI  m", "CSI  K", "C0 0d"}, f"{name.decode()}: {part[-300:].decode('utf-8', 'replace')}")


def _check(raw: bytes, allowed: set[str], what: str) -> None:
    """No control sequence but these, and no letter that does more than be seen."""
    foreign = [(kind, carried[:100]) for kind, carried in found(raw) if kind not in allowed]
    assert not foreign, f"{what}: {foreign[:5]}"
    assert dangerous_words(raw) is None, f"{what}: {dangerous_words(raw)}"
