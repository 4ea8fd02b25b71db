"""Terminals with few colours or none: what reaches them, and that it can be read."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from support.terminal import Terminal

SAMPLE = Path(__file__).parents[2] / "sample_trajectories" / "fix-off-by-one"
STYLES = re.compile(rb"\x1b\[([0-9;]*)m([^\x1b]*)")
RGB = re.compile(rb"([34])8;2;(\d+);(\d+);(\d+)")
LEAST = 45
"""Steps of 256 between a letter's grey and its ground's."""


def styles(cut_off: Path, **environ: str) -> list[tuple[bytes, str]]:
    """The SGR codes and the words in them, on the way from a transcript to a diff."""
    command = [sys.executable, "-m", "nano_tui", str(SAMPLE)]
    environ = {"HOME": str(cut_off), "NANO_RUNS_DIR": str(cut_off / "runs"), **environ}
    with Terminal(command, columns=100, rows=24, environ=environ) as terminal:
        terminal.wait_for("1 assistant", 30)
        terminal.type("lll")
        terminal.wait_for("3 assistant")
        terminal.type("D")
        terminal.wait_for("@@")
        return [(m[1], m[2].decode("utf-8", "replace").strip(" ▕│┃")) for m in STYLES.finditer(terminal.raw)]


def test_no_color_leaves_greys_that_can_be_read(cut_off: Path) -> None:
    for codes, words in styles(cut_off, NO_COLOR="1"):
        greys = dict[bytes, int]()
        for side, red, green, blue in RGB.findall(codes):
            assert red == green == blue, (codes, words)
            greys[side] = int(red)
        assert not words or len(greys) < 2 or abs(greys[b"3"] - greys[b"4"]) >= LEAST, (codes, words)


def test_sixteen_colours_are_enough(cut_off: Path) -> None:
    for codes, words in styles(cut_off, TERM="xterm", COLORTERM=""):
        assert b"38;" not in codes, (codes, words)
        assert b"48;" not in codes, (codes, words)
        letters = re.findall(rb"(?:^|;)(3[0-7]|9[0-7])(?=;|$)", codes)
        grounds = re.findall(rb"(?:^|;)(4[0-7]|10[0-7])(?=;|$)", codes)
        same = letters and grounds and int(letters[-1]) + 10 == int(grounds[-1])
        assert not words or not same, (codes, words)
