"""A run of our own that a test writes itself, step by step, as its process would."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from nano_agent.record import FORMAT, Recorder
from nano_agent.record.clock import stamp
from nano_agent.record.process import birth


class LiveRun:
    """A run folder whose process is this one: it is live until `end`."""

    def __init__(self, folder: Path, task: str = "Fix the parser", model: str = "openai/small") -> None:
        self.folder = folder
        self.recorder = Recorder(folder)
        self._metadata: dict[str, Any] = {
            "format": FORMAT,
            "run_id": folder.name,
            "task": task,
            "model": model,
            "scaffold": {"name": "nano"},
            "limits": {"tool_limit": 30, "step_limit": None, "token_limit": 8192},
            "repo_root": str(folder.parent),
            "process": {"pid": os.getpid(), "birth": birth(os.getpid()), "host": os.uname().nodename},
            "started_at": stamp(),
            "ended_at": None,
            "exit_status": None,
        }
        self.recorder.create(self._metadata, [])
        self.recorder.message({"role": "system", "content": "You are Nano."})
        self.recorder.message({"role": "user", "content": task})
        self.step = 0

    def ask(self) -> None:
        """The model is asked."""
        self.step += 1
        self.recorder.event("request", step=self.step, messages=self.recorder.n_messages)

    def stream(self, text: str, kind: str = "text", **fields: Any) -> None:
        """A piece of the reply (or of a command's output) is on disk."""
        if kind != "output":
            self.recorder.event("first_token", step=self.step, seconds=0.1)
        self.recorder.live(kind, text, **fields)
        self.recorder.flush_live()

    def reply(self, text: str, command: str | None = None, reasoning: str = "", cost: float = 0.01) -> None:
        """The reply is complete, with a call of `shell` when a command is given."""
        message: dict[str, Any] = {"role": "assistant", "content": text}
        if reasoning:
            message["reasoning_content"] = reasoning
        if command is not None:
            arguments = f'{{"cmd": "{command}"}}'
            function = {"name": "shell", "arguments": arguments}
            message["tool_calls"] = [{"id": f"c{self.step}", "type": "function", "function": function}]
        usage = {"prompt_tokens": 100, "completion_tokens": 10, "cost_usd": cost}
        self.recorder.event("reply", step=self.step, message=self.recorder.n_messages, seconds=0.5, **usage)
        self.recorder.message(message)
        if command is not None:
            self.recorder.event("tool_start", step=self.step, call_id=f"c{self.step}", name="shell", command=command)

    def result(self, text: str, exit_code: int = 0, whole: str = "") -> None:
        """The command has ended; `whole` is its output, when the model is shown only a part of it."""
        facts: dict[str, Any] = {"call_id": f"c{self.step}", "name": "shell", "seconds": 0.2, "exit_code": exit_code}
        if whole:
            path = self.recorder.files.output(f"c{self.step}")
            path.parent.mkdir(exist_ok=True)
            path.write_text(whole)
            facts["output"] = str(path.relative_to(self.folder))
        failed = bool(exit_code)
        self.recorder.event("tool_end", step=self.step, message=self.recorder.n_messages, failed=failed, **facts)
        self.recorder.message({"role": "tool", "tool_call_id": f"c{self.step}", "content": text})

    def end(self, status: str = "done", reason: str = "the model said so", diff: str = "") -> None:
        """The run is over."""
        self.recorder.write(self.recorder.files.diff, diff.encode())
        self.recorder.event("end", exit_status=status, reason=reason)
        ended = {"ended_at": stamp(), "exit_status": status, "exit_reason": reason}
        self.recorder.metadata({**self._metadata, **ended})
        self.recorder.close()
