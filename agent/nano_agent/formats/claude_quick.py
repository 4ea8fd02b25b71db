"""A session of Claude Code for a listing: only what is counted is decoded of each line, and no message is built.

Most bytes of a session are what tools answered, told twice. Whatever looks unusual is left to the reader.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from nano_agent.formats import values
from nano_agent.formats.blobs import without_blobs
from nano_agent.formats.claude_code import ClaudeCodeReader, beside_warnings
from nano_agent.formats.claude_records import ANY_USE, SYNTHETIC, anthropic_usage, fuller, is_queued, note_of
from nano_agent.formats.claude_session import HEAVY, is_shown
from nano_agent.formats.claude_tree import Tree
from nano_agent.formats.quick_count import BROKEN, LARGEST, Unusual, steps_in
from nano_agent.formats.source import Source
from nano_agent.library.summary import TOOLS_KEPT, Summary, words
from nano_agent.library.summary import summarise as summary_of
from nano_agent.trajectory import Counts, Role, Trajectory, Usage, add_usages

if TYPE_CHECKING:
    from nano_agent.formats.claude_lines import Block, Line, Said

_FIRST_LINES, _FIRST_BYTES = 40, 500_000
"""So early a message must come, that nobody need wonder whose file it is."""
_FIRST_KINDS = ("summary", "file-history-snapshot", "queue-operation")
"""What may come before, that names neither itself nor its session."""
_UNKNOWN = Usage()


def summarise(source: Source, size: int, mtime_ns: int) -> tuple[Summary] | None:
    """The summary of the session in a file; `None` for anything else, and for one that must be read whole."""
    if source.path.suffix != ".jsonl" or not 0 < size <= LARGEST:
        return None
    try:
        session = _Session(source)
        return (_summary(source, session, size, mtime_ns),)
    except (*BROKEN, RecursionError):
        return None


class _Seen(NamedTuple):
    """A line, and what is asked of it more than once."""

    line: Line
    kind: str
    said: Said | None
    blocks: Sequence[Block]


class _Session:
    """What the lines of a file say of the session, as `claude_session.Session` has it."""

    def __init__(self, source: Source) -> None:
        from nano_agent.formats.claude_lines import blocks_of, is_message, lines_of, said_in

        self.lines, self.tree = list[_Seen](), Tree()
        self.models, self.replies, self.calls = dict[str, None](), set[str](), set[str]()
        self.n_nameless = 0
        self.cwd: str | None = None
        begun = False
        for line, end in lines_of(source.path):
            if not begun:
                begun, foreign = is_message(line), line.uuid is None and line.session_id is None
                if len(self.lines) > _FIRST_LINES or end > _FIRST_BYTES or (foreign and line.type not in _FIRST_KINDS):
                    raise Unusual
            said = said_in(line)
            self._take(_Seen(line, values.text(line.type), said, blocks_of(said)))
        if not begun or len(self.lines) < 2:
            raise Unusual

    def _take(self, seen: _Seen) -> None:
        line, kind, said, blocks = seen
        identity = values.word(line.uuid)
        if self.tree.place_named(identity) is not None:
            raise Unusual  # it may be there twice, or two records have one id
        parent = values.word(line.parent_uuid) or values.word(line.logical_parent_uuid)
        reply = values.word(said.id) if said else None
        chain = values.text(line.agent_id) if line.is_sidechain is True else None
        is_said = kind == "user" and not line.is_meta and not line.is_compact_summary and not _answers(blocks)
        self.tree.put(kind, identity, parent, reply, chain, is_said=is_said)
        self.lines.append(seen)
        if kind in HEAVY:
            return
        self.cwd = self.cwd or values.word(line.cwd)
        if said and (model := values.word(said.model)) and model != SYNTHETIC:
            self.models[model] = None
        if kind == "assistant":
            self.replies.update([reply] if reply else [])
            for block in blocks:
                if block.type == "tool_use":
                    call = values.word(block.id)
                    self.calls.update([call] if call else [])
                    self.n_nameless += call is None


@dataclass(slots=True)
class _Told:
    """A message, as far as it is counted."""

    role: Role
    time: float | None
    seen: _Seen | None = None
    queued: bool = False
    failed: bool = False
    usage: Usage | None = None
    by_program: bool = False


@dataclass(slots=True)
class _Reply(_Told):
    """A reply, the records of which may call more than once."""

    calls: set[str | None] = field(default_factory=set)
    tools: list[str] = field(default_factory=list)


def _dialogue(lines: Iterable[_Seen]) -> list[_Told]:
    """The messages that lines lead to, as `claude_records.Dialogue` has them."""
    told, replies = list[_Told](), dict[str, _Reply]()
    for seen in lines:
        line, kind, said, blocks = seen
        time = values.epoch(line.timestamp)
        if said and kind == "assistant":
            identity = values.word(said.id)
            reply = replies.get(identity) if identity else None
            if reply is None:
                told.append(reply := _Reply("assistant", None))
                if identity:
                    replies[identity] = reply
            _add(reply, seen, time)
        elif said and kind == "user":
            answers = _answers(blocks)
            told += [_Told("tool", time, failed=block.is_error is True) for block in answers]
            if not answers or len(answers) < len(blocks):
                told.append(_Told("user", time, seen))
        elif kind == "attachment" and _is_queued(line.attachment):
            told.append(_Told("user", time, queued=True))
        elif is_shown(kind, line.subtype):
            told.append(_Told("other", time))
    return told


def _add(reply: _Reply, seen: _Seen, time: float | None) -> None:
    """Add what one of its records says to a reply."""
    line, _, said, blocks = seen
    reply.time = time or reply.time
    if said and said.model == SYNTHETIC:
        reply.by_program = True
    elif said:
        reply.usage = fuller(reply.usage, anthropic_usage(said.usage, line.cost_usd))
    if not (calls := [block for block in blocks if block.type in ANY_USE]):
        return
    new = [call for call in calls if (identity := values.word(call.id)) is None or identity not in reply.calls]
    reply.tools += [values.text(call.name) for call in new]
    reply.calls.update(values.word(call.id) for call in new)


def _answers(blocks: Sequence[Block]) -> list[Block]:
    return [block for block in blocks if block.type == "tool_result"]


def _summary(source: Source, session: _Session, size: int, mtime_ns: int) -> Summary:
    beside = sorted(session.tree.beside(), key=lambda one: one.members[0])
    members = {number for one in beside for number in one.members}
    asides = [_dialogue([session.lines[number] for number in one.members]) for one in beside]
    main = _dialogue(seen for number, seen in enumerate(session.lines) if number not in members)
    every = [one for told in (*asides, main) for one in told]
    times = [one.time for one in every if one.time is not None]
    started, ended = min(times, default=None), max(times, default=None)
    replies = [one for one in every if one.role == "assistant"]
    run = Trajectory(
        format=ClaudeCodeReader.name,
        path=source.path,
        model=",".join(session.models) or None,
        task=_task(main),
        started_at=started,
        seconds=None if started is None or ended is None else ended - started,
        usage=add_usages([one.usage or _UNKNOWN for one in replies if not one.by_program]),
        counts=Counts(
            sum(one.role != "other" for one in every), len(session.replies), len(session.calls) + session.n_nameless
        ),
        repo=session.cwd,
        warnings=tuple(beside_warnings(one.note for one, told in zip(beside, asides, strict=True) if told)),
    )
    observed = [one for one in main if one.role in ("assistant", "tool")]
    tools = (tool for one in observed if isinstance(one, _Reply) for tool in one.tools)
    return replace(
        summary_of(run, size, mtime_ns),
        n_steps=steps_in([one.role for one in observed]),
        has_error=any(one.failed for one in observed),
        tools=words(dict.fromkeys(filter(None, tools)), TOOLS_KEPT),
    )


def _task(main: Sequence[_Told]) -> str | None:
    """What a person asked for first; where nobody did, what the program said in a person's name."""
    said = [one.seen for one in main if one.seen]
    asked = (text for seen in said if (text := _text(seen.blocks)) and not _is_noted(seen.line, text))
    if (task := next(asked, None)) is None and any(one.queued for one in main):
        raise Unusual
    return task or next(map(_text, (seen.blocks for seen in said)), None)


def _is_noted(line: Line, text: str) -> bool:
    return bool(note_of(text, is_summary=line.is_compact_summary, is_meta=line.is_meta))


def _is_queued(attachment: object) -> bool:
    from nano_agent.formats.claude_lines import Attachment

    found = attachment if isinstance(attachment, Attachment) else Attachment()
    return is_queued({"type": found.type, "commandMode": found.mode})


def _text(blocks: Sequence[Block]) -> str:
    """What a person said, without what answers a call."""
    said = [block.text for block in blocks if block.type != "tool_result"]
    if not all(isinstance(text, str) for text in said):
        raise Unusual
    return "\n".join(filter(None, map(without_blobs, said)))
