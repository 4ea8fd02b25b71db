"""`messages.jsonl` and `tools.json` go straight into a real chat template, and come out of it again."""

from __future__ import annotations

import importlib.util
import json
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jinja2.sandbox import ImmutableSandboxedEnvironment
from tokenizers import Tokenizer

from nano_agent.scaffolds import load_scaffold
from nano_agent.scaffolds.resolve import scaffold_names
from support.engine import Bench, lines
from support.recordings import Call, Entry, Said, patch, shell

TEMPLATE = Path(__file__).resolve().parent.parent / "fixtures/qwen3_chat_template.jinja"

_LITELLM = importlib.util.find_spec("litellm")
assert _LITELLM is not None
assert _LITELLM.origin is not None
TOKENIZER = Path(_LITELLM.origin).parent / "litellm_core_utils/tokenizers/anthropic_tokenizer.json"
"""A tokenizer of 65,000 pieces that the library for models ships; it puts texts into Unicode's form NFKC."""


def bash(command: str) -> Call:
    return Call("bash", json.dumps({"command": command}))


RUNS: dict[str, list[Entry]] = {
    "nano": [
        Said(None, [shell("ls"), shell("echo 'ä \U0001f600'")], reasoning="Hm."),
        Said("Now.", [patch("print('a')", 'print("b")', "a.py")]),
        "Done.",
    ],
    "nano-codex": [shell("cat a.py"), patch("print('a')", "print('b')", "a.py")],
    "nano-code": [
        Call("write_file", json.dumps({"path": "x.py", "content": 'print("ä")\n'})),
        "Written.",
        "GOAL_COMPLETE",
    ],
    "mini-swe-agent": [bash("seq 9000"), "No call.", bash("echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT")],
}


def render(messages: list[dict[str, Any]], tools: list[dict[str, Any]]) -> str:
    """As `apply_chat_template` of transformers does it."""
    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    environment.filters["tojson"] = lambda value: json.dumps(value, ensure_ascii=False)
    return environment.from_string(TEMPLATE.read_text()).render(messages=messages, tools=tools)


def turns(text: str) -> Iterator[tuple[str, str]]:
    """Role and content of each turn in a rendered history."""
    for turn in re.findall(r"<\|im_start\|>(.*?)<\|im_end\|>\n", text, re.DOTALL):
        role, _, content = turn.partition("\n")
        yield role, content


@pytest.mark.parametrize("scaffold", RUNS)
def test_a_run_is_rendered_and_found_again_in_what_was_rendered(bench: Bench, scaffold: str) -> None:
    agent = bench.run(RUNS[scaffold], task="Fix it", scaffold=scaffold)
    assert agent.out_dir is not None
    messages = lines(agent.out_dir / "messages.jsonl")
    tools = json.loads((agent.out_dir / "tools.json").read_text())
    text = render(messages, tools)
    rendered = list(turns(text))
    system = rendered[0][1]
    assert system.startswith(messages[0]["content"] + "\n\n# Tools")
    offered = re.search(r"<tools>\n(.*)\n</tools>", system, re.DOTALL)
    assert offered is not None
    assert [json.loads(line) for line in offered[1].splitlines()] == tools
    calls = [
        json.loads(c)
        for c in re.findall(
            r"<tool_call>\n(.*?)\n</tool_call>", "".join(c for r, c in rendered if r == "assistant"), re.DOTALL
        )
    ]
    asked = [call["function"] for m in messages for call in m.get("tool_calls") or ()]
    assert calls == [{"name": call["name"], "arguments": json.loads(call["arguments"])} for call in asked]
    raw = [call["arguments"] for call in asked]
    assert all(f'"arguments": {arguments}}}' in text for arguments in raw), "arguments are rendered byte for byte"
    answered = re.findall(r"<tool_response>\n(.*?)\n</tool_response>", text, re.DOTALL)
    assert answered == [m["content"] for m in messages if m["role"] == "tool"]
    said = [content for role, content in rendered if role == "user" and "<tool_response>" not in content]
    assert said == [m["content"] for m in messages if m["role"] == "user"]
    replies = [content for role, content in rendered if role == "assistant"]
    own = [m["content"] for m in messages if m["role"] == "assistant"]
    assert len(replies) == len(own)
    assert all(words in reply for words, reply in zip(own, replies, strict=True))


def test_these_are_all_scaffolds_that_call_tools() -> None:
    native = {name for name in scaffold_names() if load_scaffold(name).protocol.kind == "tool_calls"}
    assert native == set(RUNS)


@pytest.mark.parametrize("scaffold", RUNS)
def test_a_rendered_run_survives_a_tokenizer_byte_for_byte(bench: Bench, scaffold: str) -> None:
    agent = bench.run(RUNS[scaffold], task="Fix it", scaffold=scaffold)
    text = render(agent.messages, agent.tools)
    tokenizer = Tokenizer.from_file(str(TOKENIZER))
    tokens = tokenizer.encode(text, add_special_tokens=False).ids
    assert 100 < len(tokens) < len(text)
    assert tokenizer.decode(tokens, skip_special_tokens=False) == unicodedata.normalize("NFKC", text)


def test_every_content_is_a_text(bench: Bench) -> None:
    agent = bench.run(RUNS["nano"])
    assert all(isinstance(message["content"], str) for message in agent.messages)
