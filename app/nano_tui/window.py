"""How much a model takes at once, for the views that say how full its context was."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from nano_tui.bridge import in_background

if TYPE_CHECKING:
    from nano_tui.run_body import RunBody


def learn_window(body: RunBody) -> None:
    """Look up the context window of the run's model in the background, and tell the inspector."""
    in_background(body, "window", lambda: _learn(body))


async def _learn(body: RunBody) -> None:
    from nano_agent.models.prices import context_window

    run = body.trajectory
    if run is None or not run.model:
        body.inspector.know_window(None)
        return
    tokens = await asyncio.to_thread(context_window, run.model, run.metadata.get("api_base"))
    if body.trajectory is not None and body.trajectory.model == run.model:
        body.inspector.know_window(tokens)
