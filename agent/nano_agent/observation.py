"""What the model is shown of a result: cut to its limit, in the scaffold's form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nano_agent.tools import ToolResult

if TYPE_CHECKING:
    from nano_agent.scaffolds import Observation


@dataclass(frozen=True, slots=True)
class Shown:
    """An observation."""

    text: str
    cut: bool
    """Whether it is less than all of the output."""


class Observer:
    """Turns results into observations."""

    def __init__(self, settings: Observation) -> None:
        self.settings = settings
        self._template = None
        if settings.template is not None:
            from nano_agent.templates import Template

            self._template = Template(settings.template)

    def show(self, result: ToolResult) -> Shown:
        """The observation of a result. How a command ended is never cut off."""
        head, tail, elided = self._split(result)
        cut = bool(elided)
        if self._template is not None and result.is_command:
            return Shown(self._fill(result, head, tail, elided), cut)
        text = head or ("" if result.verdict or not result.is_command else "[no output]")
        if cut:
            # Memory holds the characters of a moderate output; of a giant one only the bytes are counted.
            unit = "bytes" if result.whole is not None else "characters"
            more = "more " if not tail else ""
            text = f"{head}\n[cut here: {elided} {more}{unit}]" + (f"\n{tail}" if tail else "")
        between = "\n" if text and result.verdict and not text.endswith("\n") else ""
        return Shown(text + between + result.verdict, cut)

    def _split(self, result: ToolResult) -> tuple[str, str, int]:
        """Head, tail, and how much is left out between or behind them."""
        limit, text = self.settings.limit, result.text
        if len(text) <= limit:
            return text, "", 0
        half = limit // 2
        head, tail = (text[:half], text[-(limit - half) :]) if self.settings.cut == "head_tail" else (text[:limit], "")
        if result.whole is not None and result.n_bytes is not None:
            return head, tail, result.n_bytes - len(head.encode()) - len(tail.encode())
        return head, tail, len(text) - len(head) - len(tail)

    def _fill(self, result: ToolResult, head: str, tail: str, elided: int) -> str:
        assert self._template is not None
        return self._template.render(
            output="" if elided else result.text,
            head=head if elided else "",
            tail=tail if elided else "",
            elided=elided,
            returncode=-1 if result.exit_code is None else result.exit_code,
            exception_info="" if result.exit_code is not None else result.verdict,
            note="\n".join(line for line in result.verdict.splitlines() if not line.startswith("[exit code ")),
        )
