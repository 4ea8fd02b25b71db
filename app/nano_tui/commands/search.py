"""Search in trajectories: words and phrases in all of their text, fields as in `ls`.

The words of runs that the app or `--index` has indexed are looked up there; the other files are read.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from itertools import islice

from nano_agent.library.search import Hit
from nano_tui.commands.listing import UsageError, add_common, bad_usage, existing, index_words, opened, parsed
from nano_tui.commands.printing import Ink, complain, put, width
from nano_widgets.safe import safe, take


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `nano-tui search` takes."""
    parser.add_argument("query", metavar="QUERY", help='for example: timeout "rm -rf" tool:shell cost>0.1')
    parser.add_argument("paths", nargs="*", metavar="PATH", help="folders and files; default: every known place")
    parser.add_argument(
        "--index",
        action="store_true",
        help="first index the words of every run, which makes this and later searches fast",
    )
    add_common(parser)


def run(args: argparse.Namespace) -> int:
    """Search; 1 when something that was asked for by name could not be read, 2 when the query makes no sense."""
    try:
        query = parsed(args.query)
        roots = existing(args.paths, args.runs_dir)
    except UsageError as error:
        return bad_usage("search", error)
    except FileNotFoundError as error:
        complain(str(error))
        return 1
    if not roots:
        complain("no runs in any known place yet; give a folder: nano-tui search QUERY PATH")
        return 0
    library, fine = opened(roots)
    if args.index:
        index_words(library)
    hits = islice(library.search(query), args.limit)
    put(_json(hits) if args.json else _text(hits))
    library.close()
    return 0 if fine else 1


def _json(hits: Iterable[Hit]) -> Iterator[str]:
    from nano_agent.library.as_json import dump

    for hit in hits:
        find = hit.find
        yield dump(
            {
                "path": hit.summary.path,
                "sample": hit.summary.sample,
                "format": hit.summary.format,
                "step": find.step if find else None,
                "message": find.message if find else None,
                "where": find.piece if find else None,
                "count": find.count if find else 0,
                "excerpt": find.excerpt if find else None,
                "spans": find.spans if find else [],
            }
        )


def _text(hits: Iterable[Hit]) -> Iterator[str]:
    from nano_tui.commands.columns import Table

    ink, columns, last = Ink(), width(), -1
    for hit in hits:
        if hit.id != last:
            last = hit.id
            yield from Table([hit.summary], ink).lines([hit.summary])
        if hit.find is not None:
            yield _hit_line(hit, ink, columns)


def _hit_line(hit: Hit, ink: Ink, columns: int) -> str:
    """`  step 9 call  …excerpt with the words marked…`."""
    find = hit.find
    assert find is not None
    place = f"  {f'step {find.step} ' if find.step is not None else ''}{find.piece}  "
    # `safe` gives one character for each, so the spans stay right in what is left of the text.
    text = take(safe(find.excerpt, keep_newlines=False), max(8, columns - len(place)))
    shown, at = "", 0
    for start, end in find.spans:
        if at <= start < len(text):
            shown += text[at:start] + ink.marked(text[start:end])
            at = end
    return ink.dim(place) + shown + text[at:]
