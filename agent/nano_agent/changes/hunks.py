"""Applying one hunk of a patch to a file of which perhaps only some lines are known."""

from __future__ import annotations

from nano_agent.changes.lines import Base, Version, learn, place_of, put_lines
from nano_agent.changes.operations import Hunk


def apply_hunk(version: Version, base: Base, hunk: Hunk, near: int | None, after: int) -> tuple[Version, int]:
    """The file with a hunk applied, and the line after it.

    `near` is the line where it should stand, `after` one that it comes after. What it says of lines that were not known
    is learned; where its place cannot be told, it becomes a replacement without a place.
    """
    start = after
    for anchor in hunk.anchors:
        spelled = version.spelled(base)
        hits = [i for i in range(start, len(spelled)) if str(spelled[i]).strip() == anchor.strip()]
        start = hits[0] + 1 if hits else start
    place = place_of(version, base, hunk.old, near, start)
    if place is None and start:
        place = place_of(version, base, hunk.old, near)
    if place is None:
        pair = ("".join(f"{line}\n" for line in hunk.old), "".join(f"{line}\n" for line in hunk.new))
        return Version(version.lines, version.rest, version.newline, (*version.loose, pair)), after
    learn(version, base, place, hunk.old)
    first, last = 0, 0
    while first < min(len(hunk.old), len(hunk.new)) and hunk.old[first] == hunk.new[first]:
        first += 1
    while last < min(len(hunk.old), len(hunk.new)) - first and hunk.old[-1 - last] == hunk.new[-1 - last]:
        last += 1
    middle = hunk.new[first : len(hunk.new) - last]
    changed = put_lines(version, base, place + first, place + len(hunk.old) - last, middle)
    return (changed, place + len(hunk.new)) if changed is not None else (version, after)
