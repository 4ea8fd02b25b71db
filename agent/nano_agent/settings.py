"""Which model a run asks, where, and with whose key: as given, from the environment, from `.env`, or by default.

`.env` is read for scaffolds that say so, as nano-code reads it: `OPENROUTER_API_KEY`, `INFERENCE_BASE_URL`,
`MODEL_NAME`. The real environment wins over the file. Where each setting came from is kept; a key itself never is.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from nano_agent.spec import AUTO, DEFAULT_MODEL, RunSpec

if TYPE_CHECKING:
    from nano_agent.scaffolds import Scaffold

OPENROUTER = "https://openrouter.ai/api/v1"
NANO_CODE_MODEL = "anthropic/claude-sonnet-4-6"
_PROVIDER = "openrouter/"
KEY, BASE, NAME = "OPENROUTER_API_KEY", "INFERENCE_BASE_URL", "MODEL_NAME"


class SettingsError(ValueError):
    """The settings do not fit together; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What was found."""

    model: str
    api_base: str | None
    origins: Mapping[str, str] = field(default_factory=dict)
    """Where `model`, `api_base` and `key` came from."""
    key: str | None = field(default=None, repr=False)
    """The key from a file, to be put into the environment; `None` when the environment has what is needed."""


def resolved(spec: RunSpec, scaffold: Scaffold) -> RunSpec:
    """The same with its model and endpoint, and where they came from; a key from a file goes into the environment.

    Raises `SettingsError`.
    """
    found = find(spec, scaffold, os.environ)
    if found.key is not None:
        os.environ[KEY] = found.key
    from nano_agent.scaffolds.resolve import config_origins

    given = {f"limits.{name}": "given" for name in spec.limits}
    origins = {**config_origins(spec.config), **given, **found.origins}
    return replace(spec, model=found.model, api_base=found.api_base, origins=origins)


def find(spec: RunSpec, scaffold: Scaffold, environ: Mapping[str, str]) -> Settings:
    """The settings for a run, nothing changed yet; raises `SettingsError`."""
    if scaffold.environment == "dotenv" and spec.model.startswith((AUTO, _PROVIDER)):
        return _as_nano_code(spec, environ)
    model, origin = spec.model, "given"
    if model == AUTO:
        named = environ.get("NANO_MODEL")
        model, origin = (named, "environment (NANO_MODEL)") if named else (DEFAULT_MODEL, "default")
    origins = {"model": origin} | ({"api_base": "given"} if spec.api_base else {}) | _key_origin(model, environ)
    return Settings(model, spec.api_base, origins)


def _key_origin(model: str, environ: Mapping[str, str]) -> dict[str, str]:
    from nano_agent.models.keys import key_variable

    variable = key_variable(model)
    return {"key": f"environment ({variable})"} if variable and environ.get(variable) else {}


def _as_nano_code(spec: RunSpec, environ: Mapping[str, str]) -> Settings:
    file = _file(spec)
    values = _read(file) if file else {}
    origins: dict[str, str] = {}

    def look(setting: str, variable: str) -> str | None:
        if environ.get(variable):
            origins[setting] = f"environment ({variable})"
            return environ[variable]
        if value := values.get(variable):
            origins[setting] = f"{file} ({variable})"
            return value
        return None

    key, base = look("key", KEY), look("api_base", BASE)
    model = spec.model
    if model != AUTO:
        origins["model"] = "given"
    else:
        model = _PROVIDER + (look("model", NAME) or NANO_CODE_MODEL)
        origins.setdefault("model", "default")
    if spec.api_base:
        base, origins["api_base"] = spec.api_base, "given"
    from_file = {name for name, origin in origins.items() if origin.startswith(f"{file} (")}
    elsewhere = base is not None and base.rstrip("/") != OPENROUTER and "api_base" in from_file
    if elsewhere and key and "key" not in from_file:
        # Whoever wrote the file chose where requests go; a key that was not meant for that place must not go along.
        raise SettingsError(
            f"{file} names an endpoint of its own ({BASE}), but {KEY} is from the environment and would be sent "
            f"there; put the key for that endpoint into the file, or set {BASE} in the environment"
        )
    return Settings(model, base, origins, key if "key" in from_file else None)


def _file(spec: RunSpec) -> Path | None:
    """The `.env` of the folder one is in, else of the repository."""
    folders = (Path.cwd(), Path(spec.repo_root))
    return next((path for folder in folders if (path := folder / ".env").is_file()), None)


def _read(path: Path) -> dict[str, str]:
    # As nano-code reads it, which is with this very library.
    from dotenv import dotenv_values

    try:
        values = dotenv_values(path)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}") from error
    return {name: value for name, value in values.items() if value}
