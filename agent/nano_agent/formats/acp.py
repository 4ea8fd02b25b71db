"""Logs of the Agent Client Protocol (ACP): the JSON-RPC messages between an editor and an agent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from nano_agent.formats import values
from nano_agent.formats.acp_frames import Frame, Frames
from nano_agent.formats.acp_session import Session
from nano_agent.formats.draft import counted, time_replies, timed
from nano_agent.formats.reader import NotATrajectory
from nano_agent.formats.source import Source
from nano_agent.formats.stored import HeldMessages
from nano_agent.trajectory import Trajectory, Usage

Record = dict[str, Any]

_METHODS = ("session/update", "session/prompt", "session/new", "session/load", "session/resume", "session/cancel")
_SNIFFED = 60


class AcpReader:
    """Reads a log: each session in it is a trajectory."""

    name = "acp"

    def sniff(self, source: Source) -> bool:
        """Messages with the protocol's methods, bare or wrapped."""
        if b"session/" not in source.head:
            return False
        return any(_is_ours(frame.message) for frame in Frames(source, _SNIFFED))

    def read(self, source: Source) -> Iterator[Trajectory]:
        """Every session in which something was said."""
        log, frames = _Log(), Frames(source)
        for frame in frames:
            log.take(frame)
        sessions = {identity: session for identity, session in log.sessions.items() if session.drafts}
        if not sessions:
            raise NotATrajectory(source.path, "no session of the Agent Client Protocol in which anything was said")
        for identity, session in sessions.items():
            session.finish(log.terminals)
            yield _trajectory(source, session, identity, log, frames.warnings, alone=len(sessions) == 1)


class _Log:
    """The sessions of a log, told apart by their ids."""

    def __init__(self) -> None:
        self.sessions: dict[str, Session] = {}
        self.terminals: dict[str, Record] = {}
        self.agent: Record = {}
        self.methods: Counter[str] = Counter()
        self._prompts: dict[str, Session] = {}
        self._asked: dict[str, Record] = {}

    def take(self, frame: Frame) -> None:
        """Go on by one message."""
        method, params = values.text(frame.message.get("method")), values.record(frame.message.get("params"))
        self.methods[method or "response"] += 1
        identity, session = _key(frame.message.get("id")), self.sessions.setdefault(_session_id(params), Session())
        if not method:
            self._response(identity, values.record(frame.message.get("result")), frame.message.get("error"))
        elif method == "session/update":
            update = params.get("update", params)
            session.update(frame, values.record(update))
        elif method == "session/prompt":
            session.prompt(frame)
            self._prompts[identity] = session
        elif method == "session/request_permission":
            asked_for = values.record(params.get("toolCall"))
            if "toolCallId" in asked_for:
                session.call(frame, asked_for)
        elif method in ("session/set_model", "session/set_mode"):
            session.model = values.word(params.get("modelId")) or session.model
        if method.startswith(("session/new", "session/load", "session/resume", "terminal/")):
            self._asked[identity] = params
            session.settings |= {} if method.startswith("terminal/") else params

    def _response(self, identity: str, result: Record, error: Any) -> None:
        """An answer. Both sides count their requests from 0, so what an answer holds says which one it is to."""
        asked = self._asked.get(identity, {})
        if identity in self._prompts and ("stopReason" in result or isinstance(error, dict)):
            self._prompts.pop(identity).answer(result, values.record(error))
        elif isinstance(result.get("sessionId"), str):
            session = self.sessions.setdefault(result["sessionId"], Session())
            session.settings |= asked
            session.model = values.word(values.record(result.get("models")).get("currentModelId")) or session.model
        elif isinstance(result.get("output"), str) and isinstance(asked.get("terminalId"), str):
            self.terminals[asked["terminalId"]] = result
        elif "agentCapabilities" in result:
            self.agent = result


def _trajectory(
    source: Source, session: Session, identity: str, log: _Log, warnings: tuple[str, ...], *, alone: bool
) -> Trajectory:
    messages = HeldMessages(draft.message() for draft in session.drafts)
    time_replies(messages)
    started, seconds = timed(messages)
    # Whether later turns' tokens include those of earlier ones, the protocol leaves open: only one turn's are sure.
    tokens = session.usages[0] if len(session.usages) == 1 else Usage()
    return Trajectory(
        format=AcpReader.name,
        path=source.path,
        messages=messages,
        sample=None if alone else identity,
        model=session.model,
        task=next((m.text for m in messages if m.role == "user" and m.text), None),
        exit_status=session.status,
        exit_reason=session.reason,
        started_at=started,
        seconds=seconds,
        usage=Usage(
            tokens.prompt_tokens,
            tokens.completion_tokens,
            tokens.cached_tokens,
            tokens.reasoning_tokens,
            session.cost,
        ),
        counts=counted(messages),
        repo=values.word(session.settings.get("cwd")),
        metadata={
            "session_id": identity,
            "settings": session.settings,
            "agent": log.agent.get("agentInfo"),
            "methods": dict(log.methods),
            "updates": dict(session.seen),
        },
        warnings=warnings,
    )


def _is_ours(message: Record) -> bool:
    params = values.record(message.get("params"))
    if message.get("method") == "session/update":
        return "sessionUpdate" in values.record(params.get("update", params))
    return message.get("method") in _METHODS and ("sessionId" in params or "cwd" in params)


def _session_id(params: Record) -> str:
    return values.text(params.get("sessionId"))


def _key(identity: Any) -> str:
    """A request's id as text: numbers and strings are both allowed."""
    return f"{type(identity).__name__} {identity}" if isinstance(identity, int | str) else ""
