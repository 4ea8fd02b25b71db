"""Replies in the tags protocol."""

from __future__ import annotations

import json


def tool(name: str, **arguments: object) -> str:
    """A call as JSON in a tag."""
    return f"<tool>{json.dumps({'name': name, 'args': arguments})}</tool>"


def final(text: str) -> str:
    """The final answer."""
    return f"<final>{text}</final>"
