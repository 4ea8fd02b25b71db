"""The records of a step: exactly as they stand in the file, or as they were parsed, printed anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nano_agent.formats.on_disk import OnDisk, on_disk, records_of
from nano_agent.trajectory import Message, Step, Trajectory
from nano_widgets.calls import as_text
from nano_widgets.inspector_text import pretty
from nano_widgets.json_marks import JsonLines
from nano_widgets.text_view import Section

_NO_RECORD = "This format keeps no record of its own for this message."
_BROKEN = ". It holds bytes that are no UTF-8; they are shown and copied as \ufffd."


def exact_sections(run: Trajectory, step: Step) -> list[Section]:
    """The records of a step byte for byte; where that cannot be, as they were parsed, saying so. Reads the file."""
    found = on_disk(run, step.indexes)
    return [section for i in step.indexes for section in _exact(i, run.messages[i], found[i])]


def _exact(index: int, message: Message, found: Sequence[OnDisk | None]) -> Iterator[Section]:
    if not found:
        yield Section(_title(index, message), "", _NO_RECORD)
    parsed = records_of(message)
    for number, place in enumerate(found, start=1):
        which = f" · record {number} of {len(found)}" if len(found) > 1 else ""
        title = _title(index, message) + which
        if place is None:
            note = "The record as it was parsed: its own bytes are not to be had from this file."
            yield Section(
                title, as_text(parsed[number - 1] if len(parsed) > 1 else message.raw), note, marker=JsonLines
            )
        else:
            yield Section(title, _text(place), _where(place), marker=JsonLines)


def _where(place: OnDisk) -> str:
    end = place.offset + len(place.data)
    packed = " (unpacked)" if place.path.suffix in (".gz", ".zst") else ""
    note = f"{place.path.name}{packed}, bytes {place.offset:,} to {end:,}, exactly as they are · u prints it anew"
    return note + (_BROKEN if "\ufffd" in _text(place) and b"\xef\xbf\xbd" not in place.data else "")


def _text(place: OnDisk) -> str:
    return place.data.decode("utf-8", "replace")


def printed_sections(messages: Sequence[Message], step: Step) -> list[Section]:
    """The records of a step as they were parsed, a member a line."""
    found = list[Section]()
    for i in step.indexes:
        message = messages[i]
        if message.raw is None:
            found.append(Section(_title(i, message), "", _NO_RECORD))
        elif isinstance(message.raw, str):
            found.append(Section(_title(i, message), message.raw))
        else:
            note = "Printed anew, a member a line. u shows the bytes of the file."
            found.append(Section(_title(i, message), pretty(message.raw), note, marker=JsonLines))
    return found


def _title(index: int, message: Message) -> str:
    return f"message {index} · {message.role}"


def exact_text(run: Trajectory, step: Step) -> str:
    """The records of a step as they are in the file, one below the other. Reads the file."""
    return "\n".join(section.text for section in exact_sections(run, step) if section.text)
