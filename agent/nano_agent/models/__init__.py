"""Calling models: every provider through one protocol."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from nano_agent.models.base import Model, ModelSettings

__all__ = ["Model", "ModelSettings", "client_of", "make_model"]


def make_model(settings: ModelSettings, log: Path | None = None) -> Model:
    """The model these settings name, which keeps `log` where it is served here; raises `ModelError` when there is none.

    Clients are imported here and not before: litellm's import alone takes seconds.
    """
    match client_of(settings):
        case "replay":
            from nano_agent.models.replay import ReplayModel

            return ReplayModel(settings)
        case "local":
            from nano_agent.models.local.local_model import LocalModel

            return LocalModel(settings, log)
        case "http":
            from nano_agent.models.http_model import HttpModel

            return HttpModel(settings)
        case _:
            from nano_agent.models.litellm_model import LitellmModel

            return LitellmModel(settings)


def client_of(settings: ModelSettings) -> Literal["replay", "local", "http", "litellm"]:
    """What would call this model."""
    if settings.model.startswith("replay/"):
        return "replay"
    if settings.model.startswith("local/"):
        return "local"
    if settings.client == "auto":
        from nano_agent.models.http_model import speaks_openai

        return "http" if speaks_openai(settings) else "litellm"
    return settings.client
