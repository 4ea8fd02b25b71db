"""The options that choose a scaffold and lay settings over it, for every command that has them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

_FILES = (".yaml", ".yml")


def add_scaffold(parser: argparse.ArgumentParser, default: str = "nano") -> None:
    """Declare `--scaffold` and `-c`."""
    parser.add_argument(
        "--scaffold",
        default=default,
        metavar="S",
        help="the recipe: a name (see nano-tui scaffolds) or a .yaml file of your own (default: %(default)s)",
    )
    add_config(parser)


def add_config(parser: argparse.ArgumentParser) -> None:
    """Declare `-c`."""
    parser.add_argument(
        "-c",
        "--config",
        action="append",
        default=[],
        metavar="FILE|KEY=VALUE",
        help="laid over the scaffold: a YAML file, or one setting like limits.cost_limit=1; may be given again",
    )


def scaffold_name(name: str) -> str:
    """A scaffold's name, or the absolute path of its file: the run may be another process in another folder."""
    is_file = name.endswith(_FILES) or "/" in name
    return str(Path(name).expanduser().absolute()) if is_file else name


def config_pieces(pieces: Sequence[str]) -> tuple[str, ...]:
    """The same with absolute paths."""
    return tuple(
        piece if "=" in piece and not Path(piece).exists() else str(Path(piece).expanduser().absolute())
        for piece in pieces
    )
