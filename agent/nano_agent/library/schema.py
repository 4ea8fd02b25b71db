"""The tables of the index, and how a summary becomes a row and back."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from nano_agent.library.kinds import KINDS, kind_of
from nano_agent.library.query.fields import STARTED
from nano_agent.library.summary import Summary

Row = tuple[Any, ...]
"""The values of one row of `runs`, in the order of `COLUMNS`."""

VERSION = 9
"""Another number in the file means that it is thrown away and built again."""

COLUMNS = (
    "started_at",
    "mtime_ns",
    "size",
    "cost_usd",
    "cost_estimated",
    "n_steps",
    "n_messages",
    "n_assistant",
    "n_tool_calls",
    "prompt_tokens",
    "completion_tokens",
    "cached_tokens",
    "seconds",
    "reward",
    "has_diff",
    "has_error",
    "live",
    "n_warnings",
    "kind",
    "task_number",
    "folder_number",
    "format",
    "model",
    "exit_status",
    "sample",
    "path",
    "repo",
    "group_name",
    "instance",
    "family",
    "place",
    "tools",
    "task",
    "warnings",
)
"""Columns of `runs` in their order on disk: what is filtered and sorted by comes before the long texts."""

HEAVY = frozenset(("sample", "family", "place", "tools", "task", "warnings", "doc"))
"""Columns that are in `runs` alone. The others are in `runs_light` too, which most queries are answered from: it is
less than half as large and has the usual order, read backwards, since new runs are cheap to add at its end."""
_LIGHT = ", ".join(column for column in COLUMNS if column not in HEAVY)

TABLES = f"""
CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE roots(path TEXT PRIMARY KEY, scanned_at REAL) WITHOUT ROWID;
CREATE TABLE files(
    id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, stamp INTEGER NOT NULL, live INTEGER NOT NULL, why TEXT
);
CREATE TABLE runs(
    id INTEGER PRIMARY KEY, file INTEGER NOT NULL, n INTEGER NOT NULL,
    started_at REAL, mtime_ns INTEGER, size INTEGER, cost_usd REAL, cost_estimated INTEGER,
    n_steps INTEGER, n_messages INTEGER, n_assistant INTEGER, n_tool_calls INTEGER,
    prompt_tokens INTEGER, completion_tokens INTEGER, cached_tokens INTEGER, seconds REAL, reward REAL,
    has_diff INTEGER, has_error INTEGER, live INTEGER, n_warnings INTEGER, kind INTEGER,
    task_number INTEGER, folder_number INTEGER,
    format TEXT, model TEXT, exit_status TEXT, sample TEXT, path TEXT, repo TEXT, group_name TEXT, instance TEXT,
    family TEXT, place INTEGER, tools TEXT, task TEXT, warnings TEXT,
    doc INTEGER,
    UNIQUE(file, n)
);
CREATE INDEX runs_light ON runs({STARTED}, file, n DESC, {_LIGHT});
CREATE INDEX runs_live ON runs({STARTED}, file, n DESC) WHERE live;
CREATE INDEX runs_unread ON runs(file) WHERE doc IS NULL AND NOT live;
CREATE VIRTUAL TABLE text USING fts5(tokens, content='', columnsize=0, detail='none', tokenize='ascii');
"""
"""`runs.doc` is the run's row in `text`: NULL until it is made, 0 when it will not be. What a changed or forgotten run
leaves behind in `text` is not referred to any more: this table cannot delete."""

UPSERT = (
    f"INSERT INTO runs(file, n, {', '.join(COLUMNS)}) VALUES(?, ?{', ?' * len(COLUMNS)}) "
    f"ON CONFLICT(file, n) DO UPDATE SET doc = NULL, {', '.join(f'{c} = excluded.{c}' for c in COLUMNS)}"
)
SELECT = f"SELECT id, {', '.join(COLUMNS)} FROM runs"

_WAITS = 2
"""In the column `live`: it goes on, and waits for a person."""
_BETWEEN = "\x1f"
# A file name need not be UTF-8; Python spells its stray bytes as lone surrogates, which SQLite cannot hold. They are
# kept as characters of the last private-use plane, which nobody has in a name.
_STRAY = {0xDC00 + byte: 0x10FF00 + byte for byte in range(0x80, 0x100)}
_BACK = {private: stray for stray, private in _STRAY.items()}


def to_row(summary: Summary, path: str) -> Row:
    """The values of a summary in the order of `COLUMNS`.

    `path` is what was listed: a reader may name the run folder that a file belongs to.
    """
    s = summary
    return (
        s.started_at,
        s.mtime_ns,
        s.size,
        s.cost_usd,
        s.cost_estimated,
        s.n_steps,
        s.n_messages,
        s.n_assistant,
        s.n_tool_calls,
        s.prompt_tokens,
        s.completion_tokens,
        s.cached_tokens,
        s.seconds,
        s.reward,
        s.has_diff,
        s.has_error,
        _WAITS if s.waiting else s.live,
        s.n_warnings,
        KINDS.index(kind_of(s.exit_status, s.live)),
        number_of(next((value for value in (s.instance, s.group, s.task) if value is not None), None)),
        number_of(folder_of(stored_path(path))),
        s.format,
        s.model,
        s.exit_status,
        s.sample,
        stored_path(path),
        s.repo,
        s.group,
        s.instance,
        stored_path(s.family) if s.family else None,
        s.place,
        _BETWEEN.join(s.tools) or None,
        s.task,
        _BETWEEN.join(s.warnings) or None,
    )


def from_row(row: Sequence[Any]) -> Summary:
    """The summary in a row of `SELECT`, whose first value is the row's id."""
    (_, started_at, mtime_ns, size, cost, estimated, steps, messages, assistant, calls, prompt, completion, cached) = (
        row[:13]
    )
    (seconds, reward, has_diff, has_error, live, n_warnings) = row[13:19]
    (format_, model, exit_status, sample, path, repo, group, instance, family, place, tools, task, warnings) = row[22:]
    return Summary(
        path=disk_path(path),
        sample=sample,
        format=format_,
        model=model,
        exit_status=exit_status,
        n_messages=messages,
        n_assistant=assistant,
        n_tool_calls=calls,
        n_steps=steps,
        prompt_tokens=prompt,
        completion_tokens=completion,
        cached_tokens=cached,
        cost_usd=cost,
        cost_estimated=bool(estimated),
        started_at=started_at,
        seconds=seconds,
        task=task,
        repo=repo,
        group=group,
        instance=instance,
        reward=reward,
        has_diff=bool(has_diff),
        has_error=bool(has_error),
        live=bool(live),
        waiting=live == _WAITS,
        tools=tuple(tools.split(_BETWEEN)) if tools else (),
        n_warnings=n_warnings,
        warnings=tuple(warnings.split(_BETWEEN)) if warnings else (),
        size=size,
        mtime_ns=mtime_ns,
        family=disk_path(family) if family else None,
        place=place,
    )


def number_of(key: str | None) -> int | None:
    """What stands for a key of which there may be as many as runs: short, and compared at once."""
    if key is None:
        return None
    return int.from_bytes(blake2b(key.encode(errors="surrogatepass"), digest_size=7).digest(), "big")


def folder_of(path: str) -> str:
    """The folder of a path as the index spells it."""
    return path.rpartition("/")[0] or "/"


def stored_path(path: str) -> str:
    """A path as the index spells it."""
    return path if path.isascii() else path.translate(_STRAY)


def disk_path(path: str) -> str:
    """A path of the index as the file system spells it."""
    return path if path.isascii() else path.translate(_BACK)


def like_root(column: str) -> str:
    """The condition, with three parameters from `root_range`, that a path is a root or lies below it."""
    return f"({column} = ? OR ({column} > ? AND {column} < ?))"


def root_range(root: str) -> tuple[str, str, str]:
    """The parameters of `like_root`; `0` is the character after `/`."""
    root = stored_path(root).rstrip("/")
    return root, root + "/", root + "0"
