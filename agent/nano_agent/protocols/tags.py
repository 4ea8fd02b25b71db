"""Tags in the text: `<tool>{json}</tool>`, `<tool name=".." ..><content>..</content></tool>`, `<final>..</final>`.

One action a reply, the first. Text without tags is the final answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from nano_agent.protocols.base import TextProtocol, Turn, text_of
from nano_agent.protocols.grammar import tags_grammar

_JSON_TOOL = re.compile(r"<tool>(.*?)(?:</tool>|\Z)", re.DOTALL)
_TOOL = re.compile(r"<tool\s+([^>]*?)(/?)>(.*)", re.DOTALL)
_FINAL = re.compile(r"<final>(.*?)(?:</final>|\Z)", re.DOTALL)
_ATTRIBUTE = re.compile(r"""([A-Za-z_][\w-]*)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_CHILD = re.compile(r"<([A-Za-z_]\w*)>(.*?)</\1>", re.DOTALL)
_TYPES = {"integer": int, "number": float}


class Tags(TextProtocol):
    """The tags protocol; `rejection` is said for malformed replies, `{problem}` in it is what is wrong."""

    def __init__(self, rejection: str, schemas: Sequence[Mapping[str, Any]]) -> None:
        self._rejection = rejection
        self._schemas = schemas
        self._properties = {s["function"]["name"]: s["function"]["parameters"]["properties"] for s in schemas}

    def read(self, reply: Mapping[str, Any]) -> Turn:
        """See `ReplyProtocol.read`."""
        text = text_of(reply)
        tool = min((at for at in (text.find("<tool>"), text.find("<tool ")) if at >= 0), default=-1)
        final = text.find("<final>")
        if tool >= 0 and (final < 0 or tool < final):
            return self._tool(text[tool:])
        if final >= 0:
            answer = _FINAL.search(text)
            said = answer[1].strip() if answer else ""
            return Turn(text=said) if said else self._reject("the <final> answer is empty")
        return Turn(text=text.strip()) if text.strip() else self._reject("the reply is empty")

    def describe(self, schemas: Sequence[Mapping[str, Any]], examples: Mapping[str, str]) -> str:
        """One line a tool, with its example where it has one."""
        return "\n".join(_line(schema["function"], examples) for schema in schemas)

    def grammar(self, max_tokens: int) -> str:
        """One call of one of the tools with arguments that fit, or one answer."""
        return tags_grammar(self._schemas, max_tokens)

    def _tool(self, text: str) -> Turn:
        if text.startswith("<tool>"):
            return self._json(_JSON_TOOL.match(text))
        match = _TOOL.match(text)
        if match is None:
            return self._reject("the <tool ...> tag is not closed")
        attributes = {name: double or single for name, double, single in _ATTRIBUTE.findall(match[1])}
        name = attributes.pop("name", "")
        if not name:
            return self._reject("the <tool ...> tag has no name")
        body, closed, _ = match[3].rpartition("</tool>") if "<tool" not in match[3] else match[3].partition("</tool>")
        if not closed and not match[2]:
            # What is missing may be half of a file, so nothing of it is taken.
            return self._reject("</tool> is missing; the reply may have been cut off")
        children = {} if match[2] else dict(_CHILD.findall(body))
        return Turn([self.action(name, self._typed(name, {**attributes, **_without_first_newline(children)}))])

    def _json(self, match: re.Match[str] | None) -> Turn:
        body = match[1].strip() if match else ""
        try:
            call = json.loads(body, strict=False)
        except (ValueError, RecursionError) as error:
            return self._reject(f"what stands in <tool> is not valid JSON ({error})")
        if not isinstance(call, dict) or not isinstance(call.get("name"), str) or not call["name"].strip():
            return self._reject('<tool> must hold one object like {"name": "...", "args": {...}}')
        arguments = call.get("args", {})
        return Turn([self.action(call["name"].strip(), {} if arguments is None else arguments)])

    def _typed(self, name: str, arguments: Mapping[str, str]) -> dict[str, object]:
        """Attributes are text; numbers among them become numbers where the tool wants one."""
        properties = self._properties.get(name, {})
        typed: dict[str, object] = {}
        for key, value in arguments.items():
            kind = _TYPES.get(properties.get(key, {}).get("type", ""))
            try:
                typed[key] = kind(value) if kind else value
            except ValueError:
                typed[key] = value
        return typed

    def _reject(self, problem: str) -> Turn:
        return Turn(rejected=self._rejection.replace("{problem}", problem))


def _without_first_newline(children: Mapping[str, str]) -> dict[str, str]:
    """Content begins on the line after its tag."""
    return {key: value.removeprefix("\r").removeprefix("\n") for key, value in children.items()}


def _line(function: Mapping[str, Any], examples: Mapping[str, str]) -> str:
    parameters = function["parameters"]
    required = parameters.get("required", ())
    shown = ", ".join(
        f"{name}: {spec.get('type', 'string')}" + ("" if name in required else f" = {json.dumps(spec.get('default'))}")
        for name, spec in parameters["properties"].items()
    )
    line = f"- {function['name']}({shown}): {function['description']}"
    example = examples.get(function["name"])
    return f"{line}\n  {example}" if example else line
