"""The help that `?` shows: what the pane is for and what its keys do, all of it derived."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from textual.binding import Binding
from textual.content import Content
from textual.dom import DOMNode

from nano_tui.keys import Key
from nano_tui.pane import Pane
from nano_tui.text_screen import TextScreen

_APP = "app."
_WIDEST = 16


def about(focused: DOMNode | None) -> tuple[str, list[str]]:
    """Where the focus is, in a word, and the help of everything around it, the nearest first."""
    nodes = list(focused.ancestors_with_self) if focused is not None else []
    texts = [text for node in nodes if (text := getattr(node, "HELP", None))]
    name = next((node.NAME for node in nodes if isinstance(node, Pane)), "Help")
    return name, list(dict.fromkeys(texts))


def in_bold(text: str) -> Content:
    """A help text, with what stands between backticks in bold."""
    parts = text.split("`")
    return Content.assemble(*((part, "bold") if odd % 2 else part for odd, part in enumerate(parts)))


def lines(keys: Iterable[Key]) -> Iterator[Content]:
    """A line for each key: the keys, the verb, what it does; first those of the pane, then those that work anywhere."""
    everything = [key for key in keys if key.tooltip]
    here = [key for key in everything if not key.id.startswith(_APP)]
    anywhere = [key for key in everything if key.id.startswith(_APP)]
    width = min(max((len(_names(key)) for key in everything), default=0), _WIDEST)
    verbs = max((len(key.verb) for key in everything), default=0)
    for title, group in (("Here", here), ("Anywhere", anywhere)):
        if group:
            yield Content.styled(title, "bold $accent")
            yield from (_line(key, width, verbs) for key in group)
            yield Content("")


def _names(key: Key) -> str:
    return " ".join(key.keys)


def _line(key: Key, width: int, verbs: int) -> Content:
    return Content.assemble(
        (f"  {_names(key):<{width}}  ", "bold"),
        (f"{key.verb:<{verbs}}", "$foreground"),
        (f"  {key.tooltip}.", "$foreground 60%"),
    )


class HelpScreen(TextScreen):
    """Help for one pane, over everything else."""

    BINDINGS = [
        Binding("question_mark,f1", "dismiss", "Close", show=False, tooltip="Close the help", id="help.close"),
    ]

    def __init__(self, title: str, texts: list[str], keys: list[Key]) -> None:
        parts = [part for text in texts for part in (in_bold(text), Content(""))]
        super().__init__(title, Content("\n").join([*parts, *lines(keys)]).rstrip())
