"""List trajectories: those below the paths given, or in every known place; a query filters and sorts them."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence
from itertools import chain, islice

from nano_agent.absent import FORBIDDEN, NOTHING, why_absent
from nano_agent.library.reading import without_collector
from nano_agent.library.summary import Summary
from nano_tui.commands.listing import (
    UsageError,
    add_common,
    bad_usage,
    existing,
    looks_like_path,
    opened,
    parsed,
)
from nano_tui.commands.printing import Ink, complain, put


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `nano-tui ls` takes."""
    parser.add_argument(
        "arguments",
        nargs="*",
        metavar="PATH | QUERY",
        help="folders and files; what is none of these is the query, like: model:qwen cost>0.1 sort:-cost",
    )
    parser.add_argument("--tree", action="store_true", help="forks and children below the runs that they came from")
    add_common(parser)


def run(args: argparse.Namespace) -> int:
    """List; 1 when something that was asked for by name could not be listed, 2 when the query makes no sense."""
    try:
        paths, text = _split(args.arguments)
        query = parsed(text)
        roots = existing(paths, args.runs_dir)
    except UsageError as error:
        return bad_usage("ls", error)
    except FileNotFoundError as error:
        complain(str(error))
        return 1
    if not roots:
        complain("no runs in any known place yet; give a folder: nano-tui ls PATH")
        return 0
    library, fine = opened(roots)
    with without_collector():
        if args.tree:
            from nano_tui.commands.tree import tree_lines

            put(tree_lines(islice(library.found(query), args.limit)))
        else:
            put(_lines(library.found(query), args.json, args.limit))
    library.close()
    return 0 if fine else 1


def _split(arguments: Sequence[str]) -> tuple[list[str], str]:
    """The paths, and the query that the other arguments make together."""
    paths = [one for one in arguments if _is_path(os.path.expanduser(one))]  # noqa: PTH111
    words = [one for one in arguments if one not in paths]
    if missing := next(filter(looks_like_path, words), None):
        raise FileNotFoundError(f"{missing}: {NOTHING}")
    return paths, " ".join(words)


def _is_path(text: str) -> bool:
    """Whether there is such a path, as far as one may look."""
    return os.path.lexists(text) or why_absent(text) == FORBIDDEN


def _lines(rows: Iterator[Summary], as_json: bool, limit: int | None) -> Iterator[str]:
    rows = islice(rows, limit)
    if as_json:
        from nano_agent.library.as_json import as_json as object_of
        from nano_agent.library.as_json import dump

        yield from (dump(object_of(row)) for row in rows)
        return
    from nano_tui.commands.columns import Table

    first = list(islice(rows, 500))
    if first:
        yield from Table(first, Ink()).lines(chain(first, rows))
