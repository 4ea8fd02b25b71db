"""The request of a step as a list that folds, with what it took of the model's window above it."""

from __future__ import annotations

from rich.segment import Segment

from nano_widgets.json_tree.tree_view import JsonTree
from nano_widgets.safe import fit


class RequestView(JsonTree):
    """Shows what the model was sent."""

    HELP = (
        "What the model was sent at this step: its tools, the messages of earlier requests, and what was new. Tokens "
        "with a ~ are estimates from the length of the text; those of the whole request are the provider's own where "
        "it states them. Enter opens a part, `/` searches all of it, `Ym` copies the request as JSON."
    )

    headline = ""
    """What the request is in all, in words of ours."""

    def render_header(self, width: int) -> list[Segment] | None:
        """What the request is in all."""
        return [Segment(fit(self.headline, width))] if self.headline else None
