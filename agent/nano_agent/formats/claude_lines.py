"""Lines of a Claude Code session as far as a listing counts them: no other fields of a record are decoded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from nano_agent.formats.typed_lines import typed_lines


class Block(msgspec.Struct, gc=False):
    """A block of a message's content."""

    type: Any = None
    text: Any = None
    id: Any = None
    name: Any = None
    is_error: Any = None


class Said(msgspec.Struct, gc=False):
    """A record's message."""

    id: Any = None
    model: Any = None
    content: str | list[Block] | msgspec.UnsetType | None = msgspec.UNSET
    usage: Any = None
    parts: Any = msgspec.UNSET


class Attachment(msgspec.Struct, gc=False):
    """What the program attached."""

    type: Any = None
    mode: Any = msgspec.field(default=None, name="commandMode")


class Line(msgspec.Struct, gc=False, rename="camel"):
    """A record; what is not there is `UNSET` where that says something else than `null`."""

    type: Any = None
    subtype: Any = None
    message: Said | str | None = None
    uuid: Any = None
    parent_uuid: Any = msgspec.UNSET
    logical_parent_uuid: Any = None
    is_sidechain: Any = None
    agent_id: Any = None
    session_id: Any = None
    timestamp: Any = None
    cwd: Any = None
    is_meta: Any = None
    is_compact_summary: Any = None
    attachment: Attachment | str | list[Any] | int | float | bool | None = None
    cost_usd: Any = msgspec.field(default=None, name="costUSD")


_decode = msgspec.json.Decoder(Line).decode


def lines_of(path: Path) -> Iterator[tuple[Line, int]]:
    """The records of a file, and how many bytes of it end with each; raises `Unusual` for one of another shape."""
    return typed_lines(path, _decode)


def said_in(line: Line) -> Said | None:
    """The message of a record, if it has one."""
    return line.message if isinstance(line.message, Said) else None


def blocks_of(said: Said | None) -> list[Block]:
    """The blocks of a message's content, a plain string being one."""
    content = said.content if said else None
    if isinstance(content, str):
        return [Block("text", content)]
    return content if isinstance(content, list) else []


def is_message(line: Line) -> bool:
    """Whether this is a user or assistant message of a session, as `claude_session.is_message` has it."""
    named = isinstance(line.uuid, str) and (line.parent_uuid is not msgspec.UNSET or isinstance(line.session_id, str))
    said = said_in(line)
    is_anthropic = said is not None and said.content is not msgspec.UNSET and said.parts is msgspec.UNSET
    return named and is_anthropic and line.type in ("user", "assistant")
