"""OpenAI-style function schemas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def function(
    name: str, description: str, properties: Mapping[str, Mapping[str, Any]], required: Sequence[str]
) -> dict[str, Any]:
    """The schema of a function with these parameters."""
    parameters = {"type": "object", "properties": dict(properties), "required": list(required)}
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters}}
