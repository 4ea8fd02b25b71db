"""A run as mini-swe-agent's `.traj.json` (format `mini-swe-agent-1.1`), which its inspector and other tools read.

A turn with a wrong form keeps its reply, with its cost, before the message that says so; the costs of all messages add
up to `instance_cost`. A cost that is not known is 0 there, which is that format's word for it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from nano_agent import __version__
from nano_agent.record.messages import FORMAT_ERROR
from nano_agent.trajectory import Message, ToolCall, Trajectory

FORMAT = "mini-swe-agent-1.1"
_LIMITS = "LimitsExceeded"
_STATUS = {
    "done": "Submitted",
    "tool_limit": _LIMITS,
    "token_limit": _LIMITS,
    "step_limit": _LIMITS,
    "cost_limit": _LIMITS,
    "time_limit": "TimeExceeded",
    "format_errors": "RepeatedFormatError",
    "interrupted": "UserInterruption",
    "error": "RuntimeError",
}


def as_mini(run: Trajectory) -> dict[str, Any]:
    """The document; an unfinished run has the empty exit status that stands for one."""
    status = _STATUS.get(run.exit_status or "", "") if not run.live else ""
    submission = str(run.metadata.get("answer") or run.diff or "") if status == "Submitted" else ""
    costs = [m.usage.cost_usd for m in run.messages if m.usage is not None]
    info = {
        "model_stats": {"instance_cost": sum(cost or 0.0 for cost in costs), "api_calls": run.n_assistant},
        "config": _config(run),
        "mini_version": f"nano-tui {__version__}",
        "exit_status": status,
        "submission": submission,
    }
    messages = list(_messages(run))
    if status:
        said = submission or run.exit_reason or ""
        messages.append({"role": "exit", "content": said, "extra": {"exit_status": status, "submission": submission}})
    document: dict[str, Any] = {"info": info, "messages": messages, "trajectory_format": FORMAT}
    return document | ({"instance_id": run.instance} if run.instance else {})


def dumped(document: Mapping[str, Any]) -> bytes:
    """The file's bytes: indented, ASCII, as that program writes it."""
    return json.dumps(document, indent=2, default=str).encode()


def _config(run: Trajectory) -> dict[str, Any]:
    metadata = run.metadata
    scaffold = _mapping(metadata.get("scaffold"))
    limits = _mapping(metadata.get("limits"))
    return {
        "agent": {
            "system_template": scaffold.get("system"),
            "instance_template": scaffold.get("task"),
            # 0 is that format's word for no limit.
            "step_limit": limits.get("step_limit") or 0,
            "cost_limit": limits.get("cost_limit") or 0.0,
        },
        "agent_type": "nano_agent.loop.Loop",
        "model": {"model_name": run.model, "model_kwargs": _mapping(metadata.get("sampling"))},
        "model_type": "nano_agent.models.Model",
        "environment": {"cwd": run.repo, "timeout": scaffold.get("command_timeout")},
        "environment_type": f"nano_agent.sandbox.{metadata.get('sandbox')}",
    }


def _messages(run: Trajectory) -> Iterator[dict[str, Any]]:
    rejected = False
    for index, message in enumerate(run.messages):
        raw = dict(message.raw) if isinstance(message.raw, Mapping) else {"role": message.role, "content": message.text}
        if message.role == "assistant":
            rejected = message.note == FORMAT_ERROR
            yield {**raw, "extra": _reply(message)}
        elif message.is_observation:
            yield {**raw, "extra": _observation(message)}
        elif rejected:
            rejected = False
            yield {**raw, "extra": {"interrupt_type": "FormatError"}}
        elif index > 1 and message.role == "user":
            yield {**raw, "extra": {"interrupt_type": "UserInterruption"}}
        else:
            yield raw


def _reply(message: Message) -> dict[str, Any]:
    usage = message.usage
    extra: dict[str, Any] = {"actions": [_action(call) for call in message.tool_calls], "timestamp": message.timestamp}
    if usage is None:
        return extra
    tokens: dict[str, Any] = {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
    }
    if usage.cached_tokens is not None:
        tokens["prompt_tokens_details"] = {"cached_tokens": usage.cached_tokens}
    return extra | {"cost": usage.cost_usd or 0.0, "response": {"usage": tokens}}


def _action(call: ToolCall) -> dict[str, Any]:
    """The command; of tools that run none, their arguments."""
    arguments = call.arguments if isinstance(call.arguments, Mapping) else {}
    command = arguments.get("command") or arguments.get("cmd")
    action = {"command": command if isinstance(command, str) else f"{call.name} {call.raw_arguments}"}
    return action if call.from_text else action | {"tool_call_id": call.id}


def _observation(message: Message) -> dict[str, Any]:
    extra: dict[str, Any] = {"timestamp": message.timestamp}
    if (output := _whole(message.output_path)) is not None:
        extra["raw_output"] = output
    extra["returncode"] = message.exit_code if message.exit_code is not None else -1 if message.failed else 0
    if message.failed and message.exit_code is None:
        extra["exception_info"] = message.text[:500]
    return extra


def _whole(path: Path | None) -> str | None:
    try:
        return path.read_bytes().decode("utf-8", "replace") if path else None
    except OSError:
        return None


def _mapping(value: object) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}
