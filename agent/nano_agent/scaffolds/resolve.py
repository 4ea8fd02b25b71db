"""From a scaffold's name or file, and what is laid over it, to the scaffold: merged left to right, and checked.

A setting that does not exist is an error with its place and the nearest right name.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError

from nano_agent.scaffolds.layers import Layer, LayerError, assignment, layer_of, merged
from nano_agent.scaffolds.scaffold import Scaffold
from nano_agent.templates import Template
from nano_agent.tools import make_tools

_SUFFIXES = (".yaml", ".yml")


def scaffold_names() -> list[str]:
    """The scaffolds that ship with the library, the default first."""
    folder = files("nano_agent.scaffolds")
    names = sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml"))
    return sorted(names, key=lambda name: name != "nano")


def load_scaffold(name: str, config: Sequence[str] = ()) -> Scaffold:
    """The scaffold of this name, or in this file, with `config` laid over it from left to right.

    A piece of `config` is a YAML file or an assignment like `limits.cost_limit=1`. Raises `ValueError` with a sentence.
    """
    layers = [*_base_layers(name, ()), *(_config_layer(piece) for piece in config)]
    values = merged(layers)
    try:
        scaffold = Scaffold.model_validate(values)
    except ValidationError as error:
        raise LayerError(_sentence(error, layers, values)) from error
    _check(lambda: make_tools(scaffold.tools), ("tools",), layers)
    if scaffold.observation.template is not None:
        _check(partial(Template, scaffold.observation.template), ("observation", "template"), layers)
    for prompt in ("system", "task") if scaffold.templates == "jinja" else ():
        _check(partial(Template, getattr(scaffold, prompt)), (prompt,), layers)
    return scaffold


def _base_layers(name: str, above: tuple[str, ...], beside: Path | None = None) -> list[Layer]:
    """The layers of a scaffold, those it extends first."""
    if is_file_name(name):
        path = Path(name).expanduser()
        path = path if path.is_absolute() or beside is None else beside / path
        source, text = str(path), _read(path)
        folder = path.parent
    elif name in scaffold_names():
        source, text = name, (files("nano_agent.scaffolds") / f"{name}.yaml").read_text(encoding="utf-8")
        folder = None
    else:
        raise LayerError(_unknown_scaffold(name))
    if source in above:
        raise LayerError(f"{' extends '.join((*above, source))}: a scaffold cannot extend itself")
    layer = layer_of(text, source)
    extends = layer.values.pop("extends", None)
    if extends is None:
        return [layer]
    if not isinstance(extends, str):
        raise LayerError(f"{layer.place(('extends',))}: extends names one scaffold or file")
    layer.values.setdefault("name", Path(name).stem)
    return [*_base_layers(extends, (*above, source), folder), layer]


def is_file_name(name: str) -> bool:
    """Whether a scaffold's name means a file."""
    return name.endswith(_SUFFIXES) or "/" in name


def _unknown_scaffold(name: str) -> str:
    near = difflib.get_close_matches(name, scaffold_names(), 1)
    meant = f" (did you mean {near[0]}?)" if near else ""
    there = ", ".join(scaffold_names())
    return f"unknown scaffold {name!r}{meant}; there are: {there}; a file of your own ends in .yaml"


def _config_layer(piece: str) -> Layer:
    if "=" in piece and not Path(piece).exists():
        return assignment(piece)
    return layer_of(_read(Path(piece).expanduser()), piece)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        said = error.strerror if isinstance(error, OSError) else "it is no UTF-8"
        raise LayerError(f"{path}: {said}") from error


def _sentence(error: ValidationError, layers: Sequence[Layer], values: Mapping[str, Any]) -> str:
    """The first thing that is wrong, where it stands, and what would be right."""
    first = error.errors()[0]
    path = tuple(str(part) for part in first["loc"])
    place = next((layer.place(path) for layer in reversed(layers) if layer.has(path)), layers[-1].source)
    name = ".".join(path)
    if first["type"] == "extra_forbidden":
        known = sorted(_names_at(path[:-1]))
        near = difflib.get_close_matches(path[-1], known, 1, 0.5)
        return f"{place}: there is no setting {name}" + (
            f"; did you mean {'.'.join((*path[:-1], near[0]))}?" if near else f"; there are: {', '.join(known)}"
        )
    if first["type"] == "missing":
        return f"{place}: {name} is missing"
    if first["type"] == "value_error":
        return f"{place}: {first['msg'].removeprefix('Value error, ')}"
    said = first["msg"]
    return f"{place}: {name}: {said[:1].lower()}{said[1:]}, not {first['input']!r}"


def _names_at(path: Sequence[str]) -> Iterable[str]:
    """The settings that there are at a place."""
    model: type[BaseModel] = Scaffold
    for part in path:
        annotation = model.model_fields[part].annotation if part in model.model_fields else None
        kinds = [kind for kind in (annotation, *get_args(annotation)) if isinstance(kind, type)]
        model = next((kind for kind in kinds if issubclass(kind, BaseModel)), model)
    return model.model_fields


def _check(make: Callable[[], object], path: tuple[str, ...], layers: Sequence[Layer]) -> None:
    """Parts are checked by being made."""
    try:
        make()
    except ValueError as error:
        places = (layer.place(path) for layer in reversed(layers) if layer.has(path))
        raise LayerError(f"{next(places, layers[-1].source)}: {error}") from error


def config_origins(config: Sequence[str]) -> dict[str, str]:
    """Which piece of configuration each setting comes from that any of them has."""
    origins: dict[str, str] = {}
    for layer in map(_config_layer, config):
        origins.update({".".join(path): layer.place(path) for path in layer.leaves()})
    return origins


def as_yaml(scaffold: Scaffold) -> str:
    """The resolved scaffold as a file that could be run."""
    yaml.SafeDumper.add_representer(str, _represent)
    return yaml.safe_dump(scaffold.model_dump(), sort_keys=False, allow_unicode=True, width=120)


def _represent(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    """Prompts as blocks, as a person writes them."""
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)
