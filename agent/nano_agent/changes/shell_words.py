"""Taking a shell command line apart, as far as one can without running it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_ENDS = ("&&", "||", "|&", ";;", ";", "|", "&", "\n", "(", ")")
_REDIRECT = re.compile(r"(\d?|&)(>>|>\||>&|>|<<<|<<-|<<|<&|<)")
_WORD_ENDS = " \t\n;|&()<>"
_PLAIN = re.compile(r"[^\s;|&()<>'\"\\$`*?{~]+")
_QUOTED = re.compile(r'[^"\\$`]+')
LONGEST = 500_000
"""Characters of a command line that are taken apart."""


@dataclass(slots=True)
class Word:
    """A word, its quotes taken off."""

    text: str = ""
    quoted: bool = False
    expands: bool = False
    """The shell makes something else of it: a variable, a pattern, a substitution."""


@dataclass(slots=True)
class Simple:
    """One simple command."""

    words: list[Word] = field(default_factory=list)
    redirects: list[tuple[str, Word]] = field(default_factory=list)
    """Operators with their targets: `>`, `>>`, `2>`, ..."""
    stdin: Word | None = None
    """A here-document or here-string."""
    end: str = ""
    """The operator after it."""
    start: str = ""
    """The operator before it."""

    @property
    def name(self) -> str:
        """The command's name, without its folder."""
        return self.words[0].text.rsplit("/", 1)[-1] if self.words else ""

    @property
    def said(self) -> str:
        """The command in a few words."""
        return " ".join(word.text for word in self.words)[:80].split("\n")[0]


def commands(line: str) -> list[Simple]:
    """The simple commands of a command line, in order; none of a very long one. No good shell is taken as it comes."""
    return _Scanner(line).run() if len(line) <= LONGEST else []


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.found = list[Simple]()
        self.current = Simple()
        self.waiting = list[tuple[Simple, Word, bool]]()
        """Here-documents whose text begins on the next line."""

    def run(self) -> list[Simple]:
        while self.at < len(self.text):
            char = self.text[self.at]
            if char in " \t" or self.text.startswith("\\\n", self.at):
                self.at += 2 if char == "\\" else 1
            elif char == "#":
                self._to_line_end()
            elif end := next((end for end in _ENDS if self._is_end(end)), ""):
                self._finish(end)
            elif redirect := _REDIRECT.match(self.text, self.at):
                self._redirect(redirect)
            else:
                self.current.words.append(self._word())
        self._finish("")
        return self.found

    def _is_end(self, end: str) -> bool:
        return self.text.startswith(end, self.at) and not (end == "&" and self.text[self.at + 1 : self.at + 2] == ">")

    def _to_line_end(self) -> None:
        end = self.text.find("\n", self.at)
        self.at = len(self.text) if end < 0 else end

    def _finish(self, end: str) -> None:
        self.at += len(end)
        command, self.current = self.current, Simple(start=end)
        if command.words or command.redirects or command.stdin is not None:
            command.end = end
            self.found.append(command)
        elif end == "\n" and command.start:
            self.current.start = command.start
        if end == "\n":
            for waiting in self.waiting:
                self._here_document(*waiting)
            self.waiting.clear()

    def _redirect(self, match: re.Match[str]) -> None:
        self.at = match.end()
        while self.text[self.at : self.at + 1] in (" ", "\t"):
            self.at += 1
        target = self._word()
        operator = match[2]
        if operator in ("<<", "<<-"):
            self.waiting.append((self.current, target, operator == "<<-"))
            self.current.stdin = Word()
        elif operator == "<<<":
            self.current.stdin = Word(target.text + "\n", True, target.expands)
        else:
            self.current.redirects.append((match[1] + operator, target))

    def _here_document(self, command: Simple, delimiter: Word, stripped: bool) -> None:
        lines = list[str]()
        while self.at < len(self.text):
            end = self.text.find("\n", self.at)
            line = self.text[self.at :] if end < 0 else self.text[self.at : end]
            self.at = len(self.text) if end < 0 else end + 1
            line = line.lstrip("\t") if stripped else line
            if line.rstrip("\r") == delimiter.text:
                break
            lines.append(line)
        text = "".join(f"{line}\n" for line in lines)
        expands = not delimiter.quoted and bool(re.search(r"(?<!\\)[$`]", text))
        if not delimiter.quoted:
            text = re.sub(r"\\([$`\\])", r"\1", text).replace("\\\n", "")
        command.stdin = Word(text, True, expands)

    def _word(self) -> Word:
        word, text, parts = Word(), self.text, list[str]()
        while self.at < len(text):
            if plain := _PLAIN.match(text, self.at):
                parts.append(plain[0])
                self.at = plain.end()
                continue
            char = text[self.at]
            if char in _WORD_ENDS:
                break
            if char == "'":
                end = text.find("'", self.at + 1)
                end = len(text) if end < 0 else end
                parts.append(text[self.at + 1 : end])
                word.quoted, self.at = True, end + 1
            elif text.startswith("$'", self.at):
                self.at += 2
                parts.append(self._ansi_quoted())
                word.quoted = True
            elif char == '"':
                parts.append(self._double_quoted(word))
            elif char == "\\" and self.at + 1 < len(text):
                parts.append(text[self.at + 1].replace("\n", ""))
                word.quoted, self.at = True, self.at + 2
            else:
                parts.append(self._special(word, char, first=not parts))
        word.text = "".join(parts)
        return word

    def _special(self, word: Word, char: str, *, first: bool) -> str:
        """A character that may make the shell put something else in its place."""
        # A brace alone and a tilde elsewhere than at the start are what they are.
        braces = char == "{" and "," in self.text[self.at : self.at + 40]
        word.expands |= char in "$`*?" or (char == "~" and first) or braces
        self.at += 1
        return char + (self._substitution() if char == "$" and self.text[self.at : self.at + 1] == "(" else "")

    def _substitution(self) -> str:
        """`$(...)`, nested as it may be, as it stands."""
        depth, start = 0, self.at
        while self.at < len(self.text):
            depth += {"(": 1, ")": -1}.get(self.text[self.at], 0)
            self.at += 1
            if not depth:
                break
        return self.text[start : self.at]

    def _double_quoted(self, word: Word) -> str:
        self.at += 1
        word.quoted, parts = True, list[str]()
        while self.at < len(self.text) and self.text[self.at] != '"':
            if plain := _QUOTED.match(self.text, self.at):
                parts.append(plain[0])
                self.at = plain.end()
                continue
            char = self.text[self.at]
            if char == "\\" and self.text[self.at + 1 : self.at + 2] in ('"', "\\", "$", "`", "\n"):
                parts.append(self.text[self.at + 1].replace("\n", ""))
                self.at += 2
                continue
            parts.append(char)
            self.at += 1
            if char in "$`":
                word.expands = True
                parts.append(self._substitution() if char == "$" and self.text[self.at : self.at + 1] == "(" else "")
        self.at += 1
        return "".join(parts)

    def _ansi_quoted(self) -> str:
        end = self.at
        while end < len(self.text) and self.text[end] != "'":
            end += 2 if self.text[end] == "\\" else 1
        found, self.at = self.text[self.at : end], end + 1
        return unescaped(found)


_ESCAPES = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "\\": "\\",
    "'": "'",
    '"': '"',
    "a": "\a",
    "b": "\b",
    "e": "\x1b",
    "0": "\0",
}


def unescaped(text: str) -> str:
    """A text with backslash escapes read, as `echo -e` and `printf` do."""
    return re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[0]), text, flags=re.DOTALL)


def pipelines(found: list[Simple]) -> Iterator[list[Simple]]:
    """The commands, those that are piped into each other together."""
    pipeline = list[Simple]()
    for command in found:
        pipeline.append(command)
        if command.end not in ("|", "|&"):
            yield pipeline
            pipeline = []
    if pipeline:
        yield pipeline
