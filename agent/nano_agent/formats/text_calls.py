"""Calls that a model wrote into its text, in the tags of its template, and the answers that it was given as text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from nano_agent.formats import values
from nano_agent.formats.source import parse
from nano_agent.trajectory import ToolCall

# Hermes and Qwen: JSON in a tag. OpenHands, SWE-agent's and R2E-Gym's XML, Qwen3-Coder: a function with parameters.
_JSON = re.compile(r"<tool_call>\s*(?P<call>\{.*?\})\s*</tool_call>", re.DOTALL)
_FUNCTION = re.compile(r"<function=(?P<name>[\w.\-]{1,100})>(?P<body>.*?)(?:</function>|\Z)", re.DOTALL)
_PARAMETER = re.compile(r"<parameter=(?P<name>[\w.\-]{1,100})>\n?(?P<value>.*?)\n?</parameter>", re.DOTALL)
_ANSWER = re.compile(r"\s*(?:<tool_response>|EXECUTION RESULT of \[|OBSERVATION:\n|Observation:\n|<returncode>)")


def calls_in(text: str) -> tuple[ToolCall, ...]:
    """The calls in a reply's text, in order; none where it has no such tags."""
    if "<tool_call>" in text and (found := tuple(_in_json(text))):
        return found
    return tuple(_functions(text)) if "<function=" in text else ()


def is_answer(text: str) -> bool:
    """Whether what the model was told as the user is the result of a call in its text."""
    return _ANSWER.match(text) is not None


def _in_json(text: str) -> Iterator[ToolCall]:
    for found in _JSON.finditer(text):
        call = values.record(parse(found["call"].encode("utf-8", "replace")))
        if name := values.word(call.get("name")):
            yield values.tool_call(None, name, call.get("arguments"), from_text=True)


def _functions(text: str) -> Iterator[ToolCall]:
    for found in _FUNCTION.finditer(text):
        arguments: dict[str, Any] = {p["name"]: p["value"] for p in _PARAMETER.finditer(found["body"])}
        yield values.tool_call(None, found["name"], arguments, from_text=True)
