"""What it means that a text holds some words, and the tokens by which an index finds it.

Words are found as they are written, without regard to case, where a word or a part of one begins: `error` is in
`error`, in `some_error` and in `KeyError`, not in `terror`. Blanks stand for any blanks. In scripts that put no blanks
between words every character begins one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

# Thai and Lao, Japanese kana, Chinese characters.
_UNSPACED = "\u0e00-\u0eff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_CUT = bytes(byte if byte >= 128 or chr(byte).isalnum() else 32 for byte in range(256))
_PART = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_BEGINS = (
    rf"(?:(?<![^\W_])|(?=[\W_])|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[{_UNSPACED}])|(?=[{_UNSPACED}]))"
)
LONGEST = 64
"""Characters of a token that count."""


# To compile these takes longer than all else that is loaded for a list, which has no use for them.


@cache
def _piece() -> re.Pattern[str]:
    """One word, or one character of a script without blanks."""
    return re.compile(f"[{_UNSPACED}]|(?:(?![{_UNSPACED}])[^\\W_])+")


@cache
def _unspaced() -> re.Pattern[str]:
    return re.compile(f"[{_UNSPACED}]")


@cache
def _begins_here() -> re.Pattern[str]:
    return re.compile(_BEGINS)


class Pattern:
    """Some words to look for."""

    def __init__(self, text: str) -> None:
        self.text = text
        words = text.lower().split()
        self._rarest = max(words, key=len, default="")
        literal = r"\s+".join(map(re.escape, text.split())) or re.escape(text)
        self._regex = re.compile(f"{_BEGINS}(?i:{literal})")
        self._plain = words[0] if len(words) == 1 and text.isascii() and text == text.strip() else None
        """The words in small letters, when they can be found by comparing characters one by one."""
        self.tokens = tuple(_tokens_of_query(" ".join(text.split())))
        """The tokens that any text holding the words has: each in small letters, and whether it may go on."""
        self.ascii_tokens = tuple(token.encode() for token, _ in self.tokens if token.isascii())

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Where the words stand in a text."""
        lowered = text.lower()
        if self._rarest not in lowered:
            return
        if self._plain is None or len(lowered) != len(text):
            yield from (match.span() for match in self._regex.finditer(text))
            return
        # A plain search is many times faster than the expression, which tells the same.
        at = lowered.find(self._plain)
        while at >= 0:
            end = at + len(self._plain)
            if _begins(text, at):
                yield at, end
                at = lowered.find(self._plain, end)
            else:
                at = lowered.find(self._plain, at + 1)

    def is_in(self, text: str) -> bool:
        """Whether they stand there at all."""
        return next(self.spans(text), None) is not None

    def may_be_in(self, lowered: bytes) -> bool:
        """Whether bytes in small letters (JSON, of any style of escaping) can hold the words; no false `False`."""
        return all(token in lowered for token in self.ascii_tokens)

    @property
    def fts(self) -> str | None:
        """The FTS5 query for texts that may hold the words; `None` when there is no token to ask for."""
        return " AND ".join(f'"{token}"{" *" if open_ended else ""}' for token, open_ended in self.tokens) or None

    @property
    def is_exact(self) -> bool:
        """Whether having its one token is the same as holding the words."""
        return len(self.tokens) == 1 and _piece().fullmatch(self.text) is not None and len(self.text) < LONGEST


def _begins(text: str, at: int) -> bool:
    """Whether a word or a part of one begins here: what `_BEGINS` says."""
    if at == 0 or not text[at].isalnum() or not text[at - 1].isalnum():
        return True
    return _begins_here().match(text, at) is not None


def tokens_of(text: str) -> set[str]:
    """The tokens of a text.

    Its words in small letters, the parts of camelCase words as they go on to the word's end, and the characters of
    unspaced scripts.
    """
    tokens = set[str]()
    # Cutting bytes takes a quarter of the time of a regular expression; what is not ASCII is cut again.
    for word in set(text.encode("utf-8", "replace").translate(_CUT).split()):
        piece = word.decode("utf-8", "replace")
        for part in (piece,) if word.isascii() else _piece().findall(piece):
            tokens.add(part[:LONGEST].lower())
            if not (part.islower() or part.isdigit() or (part.isupper() and part.isalpha())):
                tokens.update(part[m.start() : m.start() + LONGEST].lower() for m in _PART.finditer(part))
    return tokens


def _tokens_of_query(text: str) -> Iterator[tuple[str, bool]]:
    for match in _piece().finditer(text):
        token = match[0].lower()
        open_ended = match.end() == len(text) and not _unspaced().match(token)
        yield token[:LONGEST], open_ended or len(token) >= LONGEST
