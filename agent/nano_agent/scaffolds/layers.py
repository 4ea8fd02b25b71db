"""One layer of configuration: a YAML file or an assignment, and where in it each setting stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

# libyaml's, where PyYAML was built with it: ten times as fast.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Path_ = tuple[str, ...]


class LayerError(ValueError):
    """A layer cannot be read or does not fit; the message is a sentence with its place."""


@dataclass(frozen=True)
class Layer:
    """Settings from one source."""

    source: str
    """The file, or the assignment."""
    values: dict[str, Any]
    lines: Mapping[Path_, int] = field(default_factory=dict)
    """The line of each setting, from 1, for files."""

    def has(self, path: Path_) -> bool:
        """Whether the setting at this path stands here."""
        value: Any = self.values
        for part in path:
            if not isinstance(value, Mapping) or part not in value:
                return isinstance(value, list) or (isinstance(value, str) and part == "kind")
            value = value[part]
        return True

    def leaves(self) -> Iterator[Path_]:
        """The paths of all settings that stand here."""

        def below(value: Any, path: Path_) -> Iterator[Path_]:
            if not isinstance(value, Mapping):
                yield path
                return
            for key, item in value.items():
                yield from below(item, (*path, str(key)))

        return below(self.values, ())

    def place(self, path: Path_) -> str:
        """The source, and the line of the setting or of the nearest thing around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return f"{self.source}, line {self.lines[path]}" if path else self.source


def layer_of(text: str, source: str) -> Layer:
    """The layer that a YAML text is; raises `LayerError`."""
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        lines = dict(_lines(node, ()))
        values = loader.construct_document(node) if node is not None else None
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise LayerError(f"{source}{line}: {error.problem or 'this is not YAML'}") from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise LayerError(f"{source}: this is not YAML") from error
    if values is None:
        return Layer(source, {})
    if not isinstance(values, dict):
        raise LayerError(f"{source}: settings are expected, like `limits:` with lines below it")
    return Layer(source, {str(key): value for key, value in values.items()}, lines)


def assignment(text: str) -> Layer:
    """The layer that `some.setting=value` is, the value read as YAML; raises `LayerError`."""
    name, _, value = text.partition("=")
    path = tuple(part.strip() for part in name.split("."))
    if not all(path):
        raise LayerError(f"{text}: a setting is expected, like limits.cost_limit=1")
    try:
        parsed = yaml.load(value, _Loader)
    except yaml.YAMLError as error:
        raise LayerError(f"{text}: the value is not YAML") from error
    for part in reversed(path):
        parsed = {part: parsed}
    return Layer(text, parsed)


def merged(layers: Iterable[Layer]) -> dict[str, Any]:
    """All layers in one, later ones over earlier ones; mappings are merged, everything else is replaced."""
    result: dict[str, Any] = {}
    for layer in layers:
        result = _over(result, layer.values)
    return result


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(below)
    for key, value in above.items():
        under = result.get(key)
        if isinstance(value, str) and isinstance(under, Mapping) and "kind" in under:
            value = {"kind": value}
        if isinstance(under, str) and isinstance(value, Mapping):
            under = {"kind": under}
        result[key] = value
        if isinstance(value, Mapping) and isinstance(under, Mapping):
            # Another kind of strategy begins with its own settings.
            same_kind = value.get("kind", under.get("kind")) == under.get("kind")
            result[key] = _over(under, value) if same_kind else value
    return result


def _lines(node: yaml.Node | None, path: Path_) -> Iterable[tuple[Path_, int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            below = (*path, str(key.value))
            yield below, key.start_mark.line + 1
            yield from _lines(value, below)
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            yield (*path, str(number)), item.start_mark.line + 1
            yield from _lines(item, (*path, str(number)))
