"""Replies in a text protocol as grammars (GBNF), for models that can be held to one while they write.

Texts are kept so short that a whole reply fits into its limit, where that is small; a reply that is cut off is no valid
one, however it began.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

_SHORT_REPLY = 512
"""Tokens; models that may write more than that are trusted to come to an end."""
_EXPLANATION = 400
"""Characters before a block, where models like to go on and on."""
_NUMBERS = {
    "integer": "[0-9]{1,6}",
    "number": '[0-9]{1,6} ("." [0-9]{1,4})?',
    "boolean": '"true" | "false"',
}


def fenced_grammar(language: str, max_tokens: int) -> str:
    """A sentence or two, and exactly one fenced block."""
    longest = _longest(max_tokens)
    said = min(longest, _EXPLANATION) if longest else _EXPLANATION
    return _rules(
        root=f"said {_quoted(f'```{language}' + chr(10))} command {_quoted(chr(10) + '```')}",
        said=rf'[^\n`] [^`]{{0,{said}}} "\n"',
        command=rf"[^ \n`] [^`]{_up_to(longest)}",
    )


def tags_grammar(schemas: Sequence[Mapping[str, Any]], max_tokens: int) -> str:
    """One call of one of these tools, as JSON in a tag, with arguments of the right types; or one answer."""
    functions = [schema["function"] for schema in schemas]
    names = [f"call{number}" for number in range(len(functions))]
    longest = _longest(max_tokens)
    calls = {name: _call(function) for name, function in zip(names, functions, strict=True)}
    return _rules(
        root='"<tool>" call "</tool>" | "<final>" answer "</final>"',
        answer=f"[^ \\n<] [^<]{_up_to(longest)}",
        call=" | ".join(names),
        **calls,
        **_NUMBERS,
        string=rf'"\"" letter{_up_to(longest)} "\""',
        letter=r'[^"\\\x00-\x1F\x7F] | "\\" ["\\nt]',
    )


def _call(function: Mapping[str, Any]) -> str:
    """A tool's call: what is required, in order, and then whatever of the rest, in order."""
    parameters = function["parameters"]
    required = parameters.get("required", ())
    first = [_pair(name, spec) for name, spec in parameters["properties"].items() if name in required]
    rest = [_pair(name, spec) for name, spec in parameters["properties"].items() if name not in required]
    later = [f'(", " {pair})?' for pair in (rest if first else rest[1:])]
    # A comma needs a pair before it: where none is required, the others hang on the first one.
    arguments = ' ", " '.join(first) if first else " ".join(["(", *rest[:1], *later, ")?"]) if rest else ""
    start = json.dumps({"name": function["name"], "args": {}})[:-2]
    return " ".join([_quoted(start), arguments, *(later if first else ()), _quoted("}}")])


def _pair(name: str, spec: Mapping[str, Any]) -> str:
    kind = spec.get("type")
    return f"{_quoted(json.dumps(name) + ': ')} {kind if kind in _NUMBERS else 'string'}"


def _longest(max_tokens: int) -> int:
    """Characters of one text of a reply; 0: no matter. A token is a character at the least, and most are more."""
    return max(40, max_tokens // 2) if max_tokens <= _SHORT_REPLY else 0


def _up_to(longest: int) -> str:
    return f"{{0,{longest}}}" if longest else "*"


def _quoted(text: str) -> str:
    """A literal of the grammar."""
    return json.dumps(text)


def _rules(**rules: str) -> str:
    return "".join(f"{name} ::= {rule}\n" for name, rule in rules.items())
