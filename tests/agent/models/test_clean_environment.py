"""One streamed call with tools in a process of its own: it works, prints nothing, and talks to nobody else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from support.model_server import Call, Hang, ModelServer, Text

GUARD = """
import socket, sys
address = sys.argv[1]
real = socket.socket.connect
def connect(self, to):
    if isinstance(to, tuple) and to[0] != "127.0.0.1":
        print("connects to", to)
    return real(self, to)
socket.socket.connect = connect
lookup = socket.getaddrinfo
def getaddrinfo(host, *rest, **options):
    if host not in ("127.0.0.1", b"127.0.0.1", None):
        print("looks up", host)
    return lookup(host, *rest, **options)
socket.getaddrinfo = getaddrinfo
"""
CALL = """
from nano_agent.models import ModelSettings, make_model
from nano_agent.models.base import Reply, Request
tool = {"type": "function", "function": {"name": "shell", "parameters": {"type": "object", "properties": {}}}}
model = make_model(ModelSettings(sys.argv[2], address, client=sys.argv[3]))
*_, reply = model.stream(Request([{"role": "user", "content": "go"}], [tool], 2000))
assert isinstance(reply, Reply), reply
assert reply.message["tool_calls"][0]["function"]["name"] == "shell", reply
"""
ANOTHER = "sys.argv[1:3] = sys.argv[4:]\naddress = sys.argv[1]"
REPLY = Text("On it.", [Call("shell", {"cmd": "ls"})], "Hm.")


def run(code: str, *arguments: str) -> tuple[int, str, str]:
    roots = [str(Path(__file__).parents[3] / "agent")]
    environ = {"PATH": "/usr/bin:/bin", "PYTHONPATH": ":".join(roots), "HOME": "/nonexistent"}
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=environ, timeout=100, check=False)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("ending", ["model.close()", "pass"])
def test_a_call_prints_nothing_and_contacts_nobody_else(ending: str) -> None:
    with ModelServer([REPLY]) as server:
        assert run(GUARD + CALL + ending, server.base_url, "openai/scripted", "http") == (0, "", "")


def test_calls_through_litellm_print_nothing_and_contact_nobody_else() -> None:
    """Loading it takes five seconds: a provider that is closed behind itself and one that is not, in one process."""
    code = "\n".join((GUARD, CALL, "model.close()", ANOTHER, CALL))
    with ModelServer([REPLY, REPLY]) as server:
        models = server.base_url, "openai/scripted", "litellm", server.root_url, "anthropic/claude-opus-4-7"
        assert run(code, *models) == (0, "", "")
        assert [request.path for request in server.requests] == ["/v1/chat/completions", "/v1/messages"]


def test_an_exit_in_the_middle_of_a_call_is_quiet_and_quick() -> None:
    begun = CALL.split("assert")[0].replace("*_, reply =", "events =")
    with ModelServer([Hang(after=3)]) as server:
        code = GUARD + begun + "next(events)\nsys.exit(3)"
        assert run(code, server.base_url, "openai/scripted", "http") == (3, "", "")


def test_naming_a_model_loads_no_client() -> None:
    heavy = "{'litellm', 'httpx', 'openai', 'aiohttp', 'pydantic'}"
    code = f"import sys, nano_agent, nano_agent.models, nano_agent.models.keys; print({heavy} & set(sys.modules))"
    assert run(code) == (0, "set()\n", "")


def test_the_thin_client_loads_httpx_only_to_call_and_never_litellm() -> None:
    code = (
        "import sys; from nano_agent.models import ModelSettings, make_model;"
        "make_model(ModelSettings('hosted_vllm/q', 'http://127.0.0.1:1/v1', client='auto'));"
        "print({'litellm', 'httpx', 'openai', 'aiohttp'} & set(sys.modules))"
    )
    assert run(code) == (0, "set()\n", "")
