"""`Agent`: the public way to run a scaffold from Python."""

from __future__ import annotations

import queue
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from nano_agent.checks import CannotStart
from nano_agent.events import CheckpointTaken, Ended, Event, MessageAdded, ToolEnded, ToolStarted
from nano_agent.finishing import Outcome
from nano_agent.harmless import harmless
from nano_agent.models.base import Retrying, TextPiece, Warned
from nano_agent.run import Run
from nano_agent.spec import RunSpec

__all__ = ["Agent", "CannotStart"]


class Agent:
    """Runs tasks, one after the other, each recorded in a run folder of its own.

    After a run, `messages` and `tools` are exactly what a chat template takes, and `out_dir` is the run folder.
    """

    messages: list[dict[str, Any]]
    """The history at the end of the last run."""
    tools: list[dict[str, Any]]
    """The tool schemas that the model was given in it."""
    token_usage: int
    """Tokens of the history at the end of the last run."""
    tool_usage: int
    """Tool calls made in the last run."""
    tool_stats: dict[str, int | float]
    """The last run's statistics, under the keys of `stats.json`."""
    out_dir: Path | None
    """The last run's folder."""
    exit_status: str | None
    """Why the last run ended."""
    remaining_tool_calls: int | None
    """Tool calls that the last run had left; `None` is no limit."""
    remaining_tokens: int | None
    """The same of tokens."""

    def __init__(
        self,
        model: str = "openai/gpt-4.1-mini",
        api_base: str | None = None,
        scaffold: str = "nano",
        thinking: bool | None = None,
        temperature: float | None = None,
        top_p: float | None = None,
        min_p: float | None = None,
        top_k: int | None = None,
        token_limit: int | None = None,
        tool_limit: int | None = None,
        time_limit: float | None = None,
        response_limit: int | None = None,
        step_limit: int | None = None,
        cost_limit: float | None = None,
        sandbox: str | None = None,
        approval: Literal["auto", "ask", "never", "human"] | None = None,
        verbose: bool = False,
        log: bool = True,
        runs_dir: str | Path | None = None,
        config: Sequence[str] = (),
    ) -> None:
        """Settings that are left out are the scaffold's, and for sampling the provider's.

        Limits: tool calls, tokens of the history and of one reply, seconds, replies, US dollars. `thinking` switches
        reasoning on or off. `approval`: see `RunSpec`. `verbose` prints what happens; without `log` no run folder is
        kept. `scaffold` is a name or a file; `config` is laid over it, files or assignments like `done.rounds=3`, from
        left to right.
        """
        limits = _given(token_limit=token_limit, tool_limit=tool_limit, time_limit=time_limit)
        limits |= _given(response_limit=response_limit, step_limit=step_limit, cost_limit=cost_limit)
        self._settings: dict[str, Any] = {
            "model": model,
            "api_base": api_base,
            "scaffold": scaffold,
            "thinking": thinking,
            "sandbox": sandbox,
            "approval": approval,
            "limits": limits,
            "sampling": _given(temperature=temperature, top_p=top_p, min_p=min_p, top_k=top_k),
            "runs_dir": str(runs_dir) if runs_dir else None,
            "config": tuple(config),
        }
        self.verbose, self.log = verbose, log
        self.messages, self.tools, self.tool_stats = [], [], {}
        self.token_usage = self.tool_usage = 0
        self.out_dir = self.exit_status = self.remaining_tool_calls = self.remaining_tokens = None

    def run(self, task: str, repo_root: str | Path | None = None, **settings: Any) -> str:
        """Work on `task` in the repository (the current folder by default); returns the unified diff.

        `settings` are further fields of `RunSpec`, `allow_dirty` for one. Raises `CannotStart` with a sentence when the
        run cannot begin; a run that ends early still returns its diff, and `exit_status` says why it ended.
        """
        return self._execute(self._prepare(task, repo_root, settings, self._print)).diff

    def stream(self, task: str, repo_root: str | Path | None = None, **settings: Any) -> Iterator[Event]:
        """The same run as events, each as it happens. Leaving the loop early stops the run and ends its record."""
        events: queue.SimpleQueue[Event | BaseException | None] = queue.SimpleQueue()

        def emit(event: Event) -> None:
            self._print(event)
            events.put(event)

        run = self._prepare(task, repo_root, settings, emit)

        def work() -> None:
            try:
                self._execute(run)
            except BaseException as error:  # noqa: BLE001 - handed to the thread that iterates, whatever it is
                events.put(error)
            finally:
                events.put(None)

        thread = threading.Thread(target=work, name="nano-agent", daemon=True)
        thread.start()
        try:
            while (event := events.get()) is not None:
                if isinstance(event, BaseException):
                    raise event
                yield event
        finally:
            run.inbox.stop("the program that ran it")
            thread.join()

    def _prepare(
        self, task: str, repo_root: str | Path | None, settings: dict[str, Any], emit: Callable[[Event], None]
    ) -> Run:
        root = str(Path(repo_root) if repo_root else Path.cwd())
        spec = RunSpec(task=task, repo_root=root, **{**self._settings, **settings})
        return Run(spec, emit)

    def _execute(self, run: Run) -> Outcome:
        """Run it, and take over what it came to even when it breaks."""
        try:
            if self.log:
                return run.execute(self._begun)
            return self._without_record(run)
        finally:
            self.messages = run.history.messages
            self.tools = run.tools
            self.token_usage = run.budget.tokens
            self.tool_usage = run.budget.calls
            self.tool_stats = run.statistics
            self.exit_status = run.exit_status
            self.remaining_tool_calls = run.budget.calls_left
            self.remaining_tokens = run.budget.tokens_left

    def _begun(self, folder: Path) -> None:
        self.out_dir = folder

    def _without_record(self, run: Run) -> Outcome:
        """The run still needs a place for checkpoints and long outputs; it goes away afterwards."""
        self.out_dir = None
        place = Path(tempfile.mkdtemp(prefix="nano-agent-"))
        try:
            run.move_to(place)
            return run.execute()
        finally:
            shutil.rmtree(place, ignore_errors=True)

    def _print(self, event: Event) -> None:
        if self.verbose and (line := _line(event)) is not None:
            # Text of a model or a command must not steer the terminal, nor stop the run with what cannot be encoded.
            print(harmless(line), end="", file=sys.stdout, flush=True)


def _given(**values: float | None) -> dict[str, float]:
    """Those that are something."""
    return {name: value for name, value in values.items() if value is not None}


def _line(event: Event) -> str | None:
    match event:
        case TextPiece(text):
            return text
        case ToolStarted(name=name, summary=summary):
            return f"\n{name}: {summary}\n"
        case ToolEnded(seconds=seconds, exit_code=code):
            return f"  {seconds:.1f} s" + (f", exit {code}\n" if code is not None else "\n")
        case Retrying(reason=reason, wait=wait):
            return f"\n{reason}; next try in {wait:.0f} s\n"
        case Warned(text):
            return f"\nnote: {text}\n"
        case Ended(exit_status=status, reason=reason):
            return f"\n{status}: {reason}\n"
        case MessageAdded() | CheckpointTaken() | _:
            return None
