"""Exactly one fenced block of a given language: a command line for the scaffold's one tool."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from nano_agent.protocols.base import TextProtocol, Turn, text_of
from nano_agent.protocols.grammar import fenced_grammar


class FencedBlock(TextProtocol):
    """One block a reply; none or several are a format error."""

    def __init__(self, language: str, tool: str, parameter: str, rejection: str) -> None:
        """`rejection` is said for another number of blocks; `{found}` in it is that number."""
        self._language = language
        self._tool = tool
        self._parameter = parameter
        self._rejection = rejection
        self._block = re.compile(
            rf"^[ \t]*```{re.escape(language)}[ \t]*\n(.*?)\n?^[ \t]*```", re.DOTALL | re.MULTILINE
        )

    def read(self, reply: Mapping[str, Any]) -> Turn:
        """See `ReplyProtocol.read`."""
        text = text_of(reply)
        blocks = self._block.findall(text)
        if len(blocks) != 1:
            return Turn(text=text, rejected=self._rejection.replace("{found}", str(len(blocks))))
        return Turn([self.action(self._tool, {self._parameter: blocks[0].strip()})], text)

    def describe(self, schemas: Sequence[Mapping[str, Any]], examples: Mapping[str, str]) -> str:
        """The block as it must look."""
        return f"```{self._language}\nyour command here\n```"

    def grammar(self, max_tokens: int) -> str:
        """A sentence or two, and one block."""
        return fenced_grammar(self._language, max_tokens)
