"""Which readers there are, and in which order they are asked."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from nano_agent.formats.plugins import GROUP, plugins

if TYPE_CHECKING:
    from nano_agent.formats.reader import Reader

__all__ = ["GROUP", "OURS", "readers"]

# From the most to the least particular: the first that recognises a source reads it. Modules are imported when the
# first source is opened, not before.
OURS: tuple[tuple[str, str], ...] = (
    # Ours, and the folders of our ancestors.
    ("nano_run", "NanoRunReader"),
    ("nano", "NanoReader"),
    # JSON lines whose records have a type: told by the first few, so they come before whole documents.
    ("claude_code", "ClaudeCodeReader"),
    ("claude_stream_json", "ClaudeStreamJsonReader"),
    ("codex", "CodexReader"),
    ("codex_exec", "CodexExecReader"),
    ("pi", "PiReader"),
    ("gemini_cli", "GeminiCliReader"),
    ("opencode", "OpenCodeReader"),
    ("acp", "AcpReader"),
    # Documents with keys that nobody else has.
    ("mini_swe_agent", "MiniSweAgentReader"),
    ("mini_coding_agent", "MiniCodingAgentReader"),
    ("swe_agent", "SweAgentReader"),
    ("openhands", "OpenHandsReader"),
    ("nano_baseline", "NanoBaselineReader"),
    ("inspect_log", "InspectReader"),
    ("atif", "AtifReader"),
    ("rllm", "RllmReader"),
    ("docent", "DocentReader"),
    ("code_repair", "CodeRepairReader"),
    # Rows and tables.
    ("tables", "TrlReader"),
    ("art", "ArtReader"),
    ("verifiers", "VerifiersReader"),
    ("rl_dumps", "VerlReader"),
    ("rl_dumps", "SkyRLReader"),
    ("tables", "TableReader"),
    # What only looks like a trajectory, and anything with roles and contents.
    ("not_trajectories", "NotTrajectoriesReader"),
    ("openai_chat", "OpenAIChatReader"),
)


def readers() -> Iterator[Reader]:
    """Ours first, from the most to the least particular, then those of other packages in the order of their names.

    Each is imported when it is its turn.
    """
    for module, name in OURS:
        yield _ours(module, name)
    yield from of_other_packages()


@cache
def _ours(module: str, name: str) -> Reader:
    found: Reader = getattr(import_module(f"nano_agent.formats.{module}"), name)()
    return found


@cache
def of_other_packages() -> tuple[Reader, ...]:
    """Those that installed packages offer; one that cannot be loaded is left out."""
    return tuple(_load())


def _load() -> Iterator[Reader]:
    for point in plugins():
        try:
            yield point.load()()
        except Exception:  # noqa: BLE001 - another's code may raise anything; it must not close everybody's files
            logging.getLogger(__name__).warning("the reader %s (%s) cannot be loaded", point.name, point.value)
