"""The commands of a session, typed with a slash in the place of a task, in `nano-tui chat` and in the app."""

from __future__ import annotations

import re
from collections.abc import Mapping

COMMANDS: Mapping[str, str] = {
    "/help": "these commands",
    "/memory": "what the model remembers",
    "/session": "the folder of this session",
    "/reset": "forget everything and begin a new session",
    "/exit": "leave; /quit does the same",
}
LEAVING = ("/exit", "/quit")
FORGOTTEN = "Forgotten; the next task begins a new session."
_COMMAND = re.compile(r"/[a-z]+")


def help_text() -> str:
    """A line for each command."""
    width = max(map(len, COMMANDS))
    return "\n".join(f"{name:<{width}}  {words}" for name, words in COMMANDS.items())


def command_in(text: str) -> str | None:
    """The command that a text is; what only begins with a slash (a path, a sentence) is none."""
    word = text.strip()
    return word if _COMMAND.fullmatch(word) else None


def unknown(command: str) -> str:
    """What to say of a command that there is not."""
    return f"There is no command {command}; there are {', '.join(COMMANDS)}."
