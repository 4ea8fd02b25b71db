"""The lists from which the table's groups and columns are picked."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from nano_tui.pick_screen import PickScreen
from nano_widgets.pick_list import Option
from nano_widgets.run_columns import ORDER, Column

GROUPS = (
    Option("", "nothing", "all runs, one below the other"),
    Option("task", "task", "the instance, the group or the text of the task"),
    Option("model", "model"),
    Option("status", "status", "why the runs ended"),
    Option("folder", "folder", "where they are"),
    Option("format", "format", "who wrote them"),
    Option("group", "group", "rollouts of the same task, where the writer says so"),
    Option("family", "family", "runs with the children they handed work to"),
    Option("repo", "repo", "the repository worked on"),
)


def group_screen(now: str) -> PickScreen:
    """What the runs may be grouped by; gives one of `selection.GROUPINGS`, or an empty text."""
    return PickScreen("Group the runs by", GROUPS, {now})


def column_screen(wanted: Collection[str], shown: Iterable[Column]) -> PickScreen:
    """The columns that there are; gives the names of those that are wanted, none for those that choose themselves."""
    options = [Option(column.name, column.title, column.help) for column in ORDER if column.width]
    return PickScreen("Columns", options, wanted or {column.name for column in shown}, many=True)
