"""Which records of a Claude Code session are its history, and which lie beside it.

A session file is a graph: each record names its parent, a rewind or a retry makes siblings, and older versions write
sub-agents' records (`isSidechain`) into the same file. Parallel tool calls make siblings too, which all belong to the
history, and parents may be missing; so a record is left out only where another branch visibly took its place.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nano_agent.formats import values
from nano_agent.formats.claude_records import blocks_of

Record = dict[str, Any]

_DROPPED, _SIDE, _MESSAGE, _SAID, _REPLY = 1, 2, 4, 8, 16


@dataclass(frozen=True)
class Beside:
    """Records beside the history, which are told in the place of the first of them."""

    note: str
    members: Sequence[int]


class Tree:
    """How the records of a session hang together. Holds some two hundred bytes of each, whatever is in it."""

    def __init__(self) -> None:
        self._flags = bytearray()
        self._parents, self._replies = array("q"), array("q")
        self._places = dict[int, int]()
        self._later = list[tuple[int, int]]()
        self._chains: dict[str, array[int]] = {}
        self._has_main = False

    def __len__(self) -> int:
        return len(self._flags)

    def place_of(self, record: Record) -> int | None:
        """The number of the first record with the same id."""
        return self.place_named(values.word(record.get("uuid")))

    def place_named(self, identity: str | None) -> int | None:
        """The number of the first record with this id."""
        return self._places.get(hash(identity)) if identity else None

    def drop(self) -> None:
        """Add a record that only repeats another."""
        self._add(_DROPPED, -1, 0)

    def is_dropped(self, number: int) -> bool:
        """Whether a record only repeats another."""
        return bool(self._flags[number] & _DROPPED)

    def take(self, record: Record) -> None:
        """Add the next record."""
        kind = record.get("type")
        chain = values.text(record.get("agentId")) if record.get("isSidechain") is True else None
        # A compaction starts a new root, and names what came before it on the side.
        named = values.word(record.get("parentUuid")) or values.word(record.get("logicalParentUuid"))
        reply = values.word(values.record(record.get("message")).get("id")) if kind == "assistant" else None
        self.put(kind, values.word(record.get("uuid")), named, reply, chain, is_said=_is_said(record))

    def put(
        self,
        kind: Any,
        identity: str | None,
        parent: str | None,
        reply: str | None,
        chain: str | None,
        *,
        is_said: bool,
    ) -> None:
        """Add the next record by what it says: of which reply it is part, and of which side-chain, where of any."""
        number, is_reply = len(self._flags), kind == "assistant"
        is_message = is_reply or kind == "user"
        if chain is not None:
            self._chains.setdefault(chain, array("q")).append(number)
        elif is_message:
            self._has_main = True
        side = chain is not None
        flags = _SIDE * side | _MESSAGE * is_message | _SAID * is_said | _REPLY * is_reply
        above = self._places.get(hash(parent), -1) if parent else -1
        if parent and above < 0:
            self._later.append((number, hash(parent)))
        reply = reply or identity if is_reply else None
        self._add(flags, above, hash(reply) if reply else 0)
        if identity:
            self._places.setdefault(hash(identity), number)

    def beside(self) -> list[Beside]:
        """The side-chains and the branches that a rewind or a retry left behind, when all records were taken.

        A file in which every message is a side-chain's is that sub-agent's own file, and its history is that chain.
        """
        for number, named in self._later:
            self._parents[number] = self._places.get(named, -1)
        chains = self._chains if self._has_main else {}
        members = [i for i, flags in enumerate(self._flags) if not flags & _DROPPED and not (chains and flags & _SIDE)]
        told = [Beside(f"sub-agent {name}".strip(), chain) for name, chain in chains.items()]
        return told + [Beside("abandoned branch", branch) for branch in self._abandoned(members, bool(chains))]

    def _add(self, flags: int, parent: int, reply: int) -> None:
        self._flags.append(flags)
        self._parents.append(parent)
        self._replies.append(reply)

    def _abandoned(self, members: Sequence[int], without_side: bool) -> Iterator[list[int]]:
        """The branches left behind, each as numbers in order."""
        parents = array("q", self._parents)
        for i, parent in enumerate(parents):
            lost = parent == i or (parent >= 0 and without_side and self._flags[parent] & _SIDE)
            parents[i] = -1 if lost else parent
        active = self._active(members, parents)
        replies = {self._replies[i] for i in members if active[i]} - {0}
        if not any(self._is_another_turn(i, replies) for i in members if not active[i]):
            return  # as in most sessions
        for branch in _branches(members, parents, active).values():
            if any(self._is_another_turn(i, replies) for i in branch):
                yield branch

    def _active(self, members: Sequence[int], parents: Sequence[int]) -> bytearray:
        """The records on the way from the last message of each tree up to its root."""
        roots, active, done = _roots(members, parents), bytearray(len(parents)), set[int]()
        for i in reversed(members):
            if self._flags[i] & _MESSAGE and roots[i] not in done:
                done.add(roots[i])
                while i >= 0 and not active[i]:
                    active[i] = 1
                    i = parents[i]
        return active

    def _is_another_turn(self, number: int, replies: set[int]) -> bool:
        """Whether this is what a person said, or a reply other than those of the history."""
        flags = self._flags[number]
        return bool(flags & _SAID) or bool(flags & _REPLY and self._replies[number] not in replies)


def _branches(members: Sequence[int], parents: Sequence[int], active: Sequence[int]) -> Mapping[int, list[int]]:
    """What hangs below the active records and is not active, by the first below these."""
    tops, branches = dict[int, int](), dict[int, list[int]]()
    for member in members:
        way, i = dict[int, None](), member
        while i >= 0 and not active[i] and i not in tops and i not in way:
            way[i] = None
            i = parents[i]
        if not way:
            continue
        below = i >= 0 and active[i]
        top = next(reversed(way)) if below else tops.get(i, -1)
        tops.update(dict.fromkeys(way, top))
    for member in members:
        if tops.get(member, -1) >= 0:
            branches.setdefault(tops[member], []).append(member)
    return branches


def _roots(members: Sequence[int], parents: Sequence[int]) -> Sequence[int]:
    """The root above each record; in a damaged file's circle, the record at which the circle closes."""
    roots = array("q", [-1]) * len(parents)
    for member in members:
        way, i = dict[int, None](), member
        while roots[i] < 0 and i not in way and parents[i] >= 0:
            way[i] = None
            i = parents[i]
        root = roots[i] if roots[i] >= 0 else i
        roots[i] = root
        for each in way:
            roots[each] = root
    return roots


def _is_said(record: Record) -> bool:
    """Whether this is what a person said."""
    if record.get("type") != "user" or record.get("isMeta") or record.get("isCompactSummary"):
        return False
    return not any(block.get("type") == "tool_result" for block in blocks_of(record))
