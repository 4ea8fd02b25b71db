"""Keys and passwords: noticing them, and keeping them out of what is written and handed on.

What a model was shown stays on the screen and in its history as it was, or nobody could see what it saw; there it is
only marked. Metadata, errors and everything that leaves (`--json`, exports) has `[hidden]` in the place of each.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

HIDDEN = "[hidden]"
_SHAPES = re.compile(
    r"(?<![\w-])(?:sk|pk|rk)-[\w-]{16,}|\bgh[pousr]_\w{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{18,}|\bhf_\w{20,}"
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bAIza[\w-]{30,}|\bxox[abprs]-[\w-]{10,}|(?i:(?<=bearer )[\w.~+/=-]{16,})"
    r"|-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----(?:[^\"-]|-(?!----)){0,20000}+-----END [A-Z ]{0,30}PRIVATE KEY-----"
)
"""What no other text looks like. No pattern here takes in a quote or a lone backslash, so that JSON stays JSON."""
_BEGINNINGS = (
    *("sk-", "rk-", "pk-", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "hf_", "AKIA", "ASIA"),
    *("AIza", "xox", "earer ", "EARER ", "PRIVATE KEY"),
)
"""One of these is in every one of the shapes; looking for them is a hundred times faster than the pattern."""
_URL_USER = re.compile(r"""(?<=://)[^/@\s"'<>\\]+@""")
_QUERY_SECRET = re.compile(r"""(?i)([?&](?:api[-_]?key|key|token|access_token|secret|password)=)[^&\s"'\\]+""")
_ASSIGNED = re.compile(r"""([=:]\s?\\?["']?)([^\s"'\\,;&]{12,500}+)""")
"""`OPENAI_API_KEY=...`, `"password": "..."`; what it is assigned to is looked at only where there is such a value."""
_SECRET_BEFORE = re.compile(
    r"""(?:api[_-]?key|access[_-]?key|secret|token|passw(?:or)?d|credentials?)(?:[_-](?:id|key))?\\?["']?\s?$"""
)
_LONGEST_NAME = 40
_REFERENCE = re.compile(r"\$|os\.|self\.|process\.|\[hidden|<|\{|.*[(\[]")
_SECRET_NAME = re.compile(r"(?i)(key|token|secret|password|passwd|credential)s?$")
_SHORTEST = 8
"""A value shorter than this is no secret worth the name, and would be found in ordinary words."""


def without_credentials(text: str) -> str:
    """The text with what looks like a key, or is the value of a secret environment variable, replaced by `[hidden]`."""
    for name, value in os.environ.items():
        if len(value) >= _SHORTEST and _SECRET_NAME.search(name):
            text = text.replace(value, HIDDEN)
    return masked(text)


def masked(text: str) -> str:
    """The text with everything that looks like a key or a password replaced by `[hidden]`; JSON stays JSON."""
    if _may_hold_a_key(text):
        text = _SHAPES.sub(HIDDEN, text)
    if "://" in text:
        text = _QUERY_SECRET.sub(rf"\1{HIDDEN}", _URL_USER.sub(f"{HIDDEN}@", text))
    return _ASSIGNED.sub(_hide_value, text)


def _hide_value(match: re.Match[str]) -> str:
    return f"{match[1]}{HIDDEN}" if _is_secret(match) else match[0]


def _is_secret(match: re.Match[str]) -> bool:
    """A value of a secret's name, with a digit in it, and no code or template: what passes a key on is not one."""
    value, start = match[2], match.start()
    if not any(character.isdigit() for character in value) or _REFERENCE.match(value):
        return False
    return _SECRET_BEFORE.search(match.string[max(0, start - _LONGEST_NAME) : start].lower()) is not None


def looks_like_a_key(text: str) -> bool:
    """Whether there is anything in the text that has the shape of a key."""
    return _may_hold_a_key(text) and _SHAPES.search(text) is not None


def _may_hold_a_key(text: str) -> bool:
    return any(beginning in text for beginning in _BEGINNINGS)


def secrets_in(text: str) -> Iterator[tuple[int, int]]:
    """From where to where in a text each of those stands that `masked` would hide, but for those in addresses."""
    if _may_hold_a_key(text):
        yield from (match.span() for match in _SHAPES.finditer(text))
    for match in _ASSIGNED.finditer(text):
        if _is_secret(match):
            yield match.span(2)
