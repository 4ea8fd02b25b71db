"""Checking what a model wrote as arguments; whatever it is, the answer is a value or a sentence for the model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
}


class ArgumentError(ValueError):
    """The arguments do not fit; the message tells the model what was wrong."""


def check_arguments(schema: Mapping[str, Any], raw: object) -> dict[str, Any]:
    """The arguments as an object that fits the tool's schema; raises `ArgumentError` with what is wrong.

    `raw` is a JSON string or, from some servers, already an object. Keys the schema does not know are dropped.
    """
    parameters = schema["function"]["parameters"]
    arguments = parse_arguments(raw)
    if not isinstance(arguments, dict):
        raise ArgumentError(f"the arguments must be a JSON object, not {_kind(arguments)}. {_expected(parameters)}")
    missing = [key for key in parameters.get("required", ()) if key not in arguments]
    if missing:
        raise ArgumentError(f"missing {', '.join(map(repr, missing))}. {_expected(parameters)}")
    properties: Mapping[str, Any] = parameters["properties"]
    for key, value in arguments.items():
        kind = properties.get(key, {}).get("type")
        if kind and not _fits(value, kind):
            raise ArgumentError(f"{key!r} must be a {kind}, not {_kind(value)}. {_expected(parameters)}")
        if isinstance(value, str) and not _is_text(value):
            raise ArgumentError(f"{key!r} holds half of a surrogate pair, which is no character.")
    return {key: value for key, value in arguments.items() if key in properties}


def parse_arguments(raw: object) -> Any:
    """The value that the model wrote; raises `ArgumentError` for what is no JSON."""
    if not isinstance(raw, str):
        return raw
    if not raw.strip():
        return {}
    try:
        # Models write raw newlines and tabs inside strings; strict=False takes them as meant.
        return json.loads(raw, strict=False)
    except (ValueError, RecursionError) as error:
        raise ArgumentError(f"the arguments are not valid JSON ({error}). Send one JSON object.") from None


def _fits(value: object, kind: str) -> bool:
    if isinstance(value, bool) and kind != "boolean":
        return False
    return isinstance(value, _TYPES.get(kind, object))


def _is_text(value: str) -> bool:
    """Whether it can be given to a program or written to a file: JSON can name halves of characters."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _expected(parameters: Mapping[str, Any]) -> str:
    required = parameters.get("required", ())
    shape = {key: spec.get("type", "value") for key, spec in parameters["properties"].items() if key in required}
    return f"Expected {json.dumps(shape)}."


def _kind(value: object) -> str:
    if value is None:
        return "null"
    for name, kind in (("boolean", bool), ("number", (int, float)), ("string", str), ("array", list)):
        if isinstance(value, kind):
            return f"a {name}" if name != "array" else "an array"
    return "an object"
