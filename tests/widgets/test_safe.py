"""The border for foreign text: nothing dangerous passes, nothing else changes."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from nano_widgets.safe import cells, fit, is_safe, one_line, padded, safe, take
from support.hostile import DANGEROUS, HOSTILE

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=300)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_nothing_dangerous_passes(text: str) -> None:
    assert not DANGEROUS.search(safe(text).replace("\n", ""))
    assert not DANGEROUS.search(safe(text, keep_newlines=False))
    assert not DANGEROUS.search(one_line(text, 80))


@given(ANY_TEXT)
def test_one_character_out_for_each_in(text: str) -> None:
    harmless = safe(text)
    assert len(harmless) == len(text)
    assert not DANGEROUS.search(harmless.replace("\n", ""))
    assert all(a == b for a, b in zip(text, harmless, strict=True) if not DANGEROUS.match(a))
    assert safe(harmless) == harmless
    assert is_safe(harmless)
    harmless.encode("utf-8")


def test_ordinary_text_is_left_alone() -> None:
    text = "naïve 漢字 👩‍👩‍👧 می‌خواهم\n\tlist[int] [bold]x[/bold] $ & \\"
    assert safe(text) is text


def test_escapes_are_shown_as_pictures() -> None:
    assert safe("\x1b[2J\x07\x7f\x9b") == "␛[2J␇\ufffd\ufffd"
    assert safe("a\nb", keep_newlines=False) == "a↵b"


@given(ANY_TEXT, st.integers(-1, 60))
def test_one_line_fits(text: str, width: int) -> None:
    line = one_line(text, width)
    assert cell_len(line) <= max(width, 0)
    assert "\n" not in line
    assert "\t" not in line
    assert not DANGEROUS.search(line)
    assert padded(text, width).rstrip() == line.rstrip()
    assert cell_len(padded(text, width, right=True)) == max(width, 0)


def test_one_line_joins_and_cuts() -> None:
    assert one_line("  cat <<EOF\n    a  b\nEOF\n", 80) == "cat <<EOF ↵ a b ↵ EOF"
    assert one_line("abcdefgh", 5) == "abcd…"
    assert one_line("abcde", 5) == "abcde"
    assert one_line("漢字漢字", 5) == "漢字…"
    assert one_line("x" + " " * 5000, 10) == "x"
    assert one_line("x " * 5000, 10).endswith("…")
    assert one_line("anything", 0) == ""


@given(ANY_TEXT, st.integers(0, 40))
@example("0\x1f\xa0", 1)
def test_take_and_fit_stay_within_the_width(text: str, width: int) -> None:
    assert cells(take(text, width)) <= width
    assert cells(fit(text, width)) <= width
    assert text.startswith(take(text, width))


def test_a_cell_does_not_cost_a_megabyte() -> None:
    assert len(take("a" + "\u0301" * 1_000_000, 10)) <= 160
    assert len(one_line("a" + "\u0301" * 1_000_000, 10)) <= 161


def test_the_command_line_pays_for_nothing() -> None:
    code = "import sys, nano_widgets.safe as s; s.one_line('abc' * 9, 9); print({'textual', 'rich'} & {*sys.modules})"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=_environ())
    assert shown.stdout.strip() == "set()"


def _environ() -> dict[str, str]:
    return {"PYTHONPATH": ":".join(path for path in sys.path if path)}
