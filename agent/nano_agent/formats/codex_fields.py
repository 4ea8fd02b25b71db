"""Lines of a Codex rollout as far as a listing counts them: no other fields of a record are decoded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from nano_agent.formats.typed_lines import typed_lines


class Payload(msgspec.Struct, gc=False):
    """An item of the history, an event or a setting; what is not there is `UNSET` where that is not `null`."""

    type: Any = None
    role: Any = None
    content: Any = None
    name: Any = None
    id: Any = None
    call_id: Any = None
    output: Any = msgspec.UNSET
    tools: Any = None
    info: Any = None
    exit_code: Any = None
    success: Any = None
    status: Any = None
    num_turns: Any = None
    cwd: Any = None
    model: Any = None
    namespace: Any = None
    noted: Any = msgspec.field(default=None, name="internal_chat_message_metadata_passthrough")
    usage: Any = None
    thread_token_usage: Any = None
    thread_settings: Any = None
    item: Any = None
    forked_from_id: Any = None
    parent_thread_id: Any = None
    source: Any = None

    def end(self) -> dict[str, Any]:
        """What the reader looks at in an event at a call's end."""
        return {"exit_code": self.exit_code, "success": self.success, "status": self.status}

    def message_item(self) -> dict[str, Any]:
        """What the reader looks at in a message to tell whose words it is."""
        return {"content": self.content, "internal_chat_message_metadata_passthrough": self.noted}

    def output_item(self) -> dict[str, Any]:
        """What the reader looks at in an item of any of the output types."""
        return {"output": self.tools if self.output is msgspec.UNSET else self.output, "call_id": self.call_id}


class Line(msgspec.Struct, gc=False):
    """A record. One that has any of the last three may be of another format, and is of another shape here."""

    type: Any = None
    timestamp: Any = None
    payload: Payload | None = None
    uuid: None = None
    session_id: None = None
    leaf_uuid: None = msgspec.field(default=None, name="leafUuid")


_decode = msgspec.json.Decoder(Line).decode


def lines_of(path: Path) -> Iterator[Line]:
    """The records of a file; raises `Unusual` for one of another shape."""
    return (line for line, _ in typed_lines(path, _decode))
