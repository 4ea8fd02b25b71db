"""Names for looks, each said in the theme's own colours, so that every theme is followed."""

from __future__ import annotations

from rich.style import Style as RichStyle
from textual.style import Style
from textual.widget import Widget

LOOKS: dict[str, str] = {
    "": "",
    "muted": "$foreground-muted",
    "faint": "$foreground-disabled",
    "strong": "bold",
    "rule": "$foreground 25%",
    "cursor": "$primary bold",
    "number": "$foreground-muted",
    "number-on": "$text-primary bold",
    # Roles
    "system": "$text-secondary bold",
    "user": "$text-accent bold",
    "assistant": "$text-primary bold",
    "tool": "$foreground-muted bold",
    "other": "$foreground-muted bold",
    "reasoning": "$foreground-muted italic",
    # Outcomes
    "ok": "$text-success",
    "error": "$text-error bold",
    "warning": "$text-warning",
    "edit": "$text-accent",
    "test": "$text-secondary",
    # Calls
    "prompt": "$text-success bold",
    "command": "$foreground bold",
    "call": "$text-accent bold",
    "key": "$text-secondary",
    "fold": "$foreground-muted italic",
    "note": "$text-warning italic",
    # Diffs
    "add": "$text-success",
    "del": "$text-error",
    "hunk": "$text-secondary",
    "file": "$text-primary bold",
    "add-word": "$text-success bold underline",
    "del-word": "$text-error bold underline",
    "on-add": "on $success 12%",
    "on-del": "on $error 12%",
    "on-file": "on $foreground 6%",
    # Markdown and JSON
    "heading": "$text-primary bold",
    "bullet": "$text-accent",
    "quote": "$foreground-muted italic",
    "code": "$text-accent",
    "fence": "$foreground-disabled",
    "bold": "bold",
    "italic": "italic",
    "string": "$text-success",
    "literal": "$text-warning",
    # Source code
    "code-comment": "$foreground-muted italic",
    "code-keyword": "$text-accent",
    "code-string": "$text-success",
    "code-number": "$text-warning",
    "code-name": "$text-primary",
    "code-special": "$text-secondary",
    # Search
    "hit": "black on $warning",
    "hit-on": "black on $accent bold underline",
    # Chips over the text
    "chip": "$primary reverse bold",
}
"""Name -> Textual style. A name that is not here is taken as such a style itself."""

# A terminal's own sixteen colours know no shades: what is muted is dim, and no text stands on a tinted ground, which
# might be its own colour.
_ANSI_LOOKS = LOOKS | {
    "muted": "dim",
    "faint": "dim",
    "rule": "dim",
    "number": "dim",
    "tool": "bold dim",
    "other": "bold dim",
    "fence": "dim",
    "fold": "dim italic",
    "quote": "dim italic",
    "reasoning": "dim italic",
    "code-comment": "dim italic",
    "on-add": "",
    "on-del": "",
    "on-file": "",
    "hit": "reverse",
    "hit-on": "reverse bold underline",
    "chip": "reverse bold",
}


class Palette:
    """The looks of one widget as Rich styles, kept until the theme or the widget's own style changes."""

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self._styles: dict[tuple[str, str | RichStyle], RichStyle] = {}
        self._inks: dict[str, RichStyle] = {}
        self.edition = 0
        """Grows when colours change, so that what was painted before is known to be stale."""

    def clear(self) -> None:
        """Forget all: colours changed."""
        self._styles.clear()
        self._inks.clear()
        self.edition += 1

    def style(self, ink: str | RichStyle = "", fill: str = "") -> RichStyle:
        """The style of a piece of text in a row with this fill; opaque, over the widget's own background."""
        style = self._styles.get((fill, ink))
        if style is None:
            if len(self._styles) > 5000:  # command output may come with any number of colours
                self._styles.clear()
            style = self._styles[(fill, ink)] = self._make(ink, fill)
        return style

    def ink(self, name: str = "") -> RichStyle:
        """A look without its ground, so that a cursor's row has one of its own; a hit keeps its."""
        if name not in self._inks:
            whole = self.style(name)
            hit = {"bgcolor": whole.bgcolor, "bold": True, "underline": True, "reverse": whole.reverse}
            plain = {"bold": whole.bold, "italic": whole.italic, "dim": whole.dim}
            self._inks[name] = RichStyle(color=whole.color, **(hit if name == "hit" else plain))
        return self._inks[name]

    def _make(self, ink: str | RichStyle, fill: str) -> RichStyle:
        base = self._widget.visual_style + self._parsed(fill)
        return base.rich_style + ink if isinstance(ink, RichStyle) else (base + self._parsed(ink)).rich_style

    def _parsed(self, look: str) -> Style:
        """A look, or several with bars between them, the later ones over the earlier."""
        looks = _ANSI_LOOKS if self._widget.app.current_theme.ansi else LOOKS
        style = Style.null()
        for name in look.split("|"):
            if definition := looks.get(name, name):
                style += Style.parse(definition)
        return style
