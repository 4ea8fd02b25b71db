"""What is said below the table of runs: how many there are, what they are together, what is marked, the scan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nano_widgets.run_columns import at_least
from nano_widgets.units import count, dollars, tokens

if TYPE_CHECKING:
    from nano_agent.library.process import News
    from nano_agent.library.selection import Totals
    from nano_tui.runs_answer import Answer

LOOKING = "Looking for runs …"
NOTHING = "No runs yet here. Start one in pane 1, or give another folder: nano-tui PATH"
NO_MATCH = "No run matches. Esc in the query shows all runs."
NOT_ASKED = "The query above is not understood as it stands, so nothing was looked for. Esc shows all runs."


class Counts:
    """Figures as they come, and the line that they make."""

    def __init__(self) -> None:
        self.totals: Totals | None = None
        """What all rows are together; `None` until it is known."""
        self.n_marked = 0
        self.marked: Totals | None = None
        """What the marked runs are together."""
        self.understood = True
        """Whether the figures are those of the query as it stands now, and not of one before it."""
        self._answer: Answer | None = None
        self._scan = ""
        self._none = LOOKING
        self._had_runs = False

    @property
    def nothing(self) -> str:
        """What is said in the place of rows while there are none."""
        if not self.understood:
            return NOT_ASKED
        if self._answer is None or not self._answer.order.text:
            return (self._answer.refused if self._answer is not None else "") or self._none
        return "No run matches so far." if self._answer.searched else NO_MATCH

    def found(self, answer: Answer) -> None:
        """There is an answer; figures of the one before stay for as many runs, unless it was another query."""
        if self._answer is None or self._answer.order.text != answer.order.text:
            self.totals = None
        self._answer, self.understood = answer, True
        self._had_runs = self._had_runs or len(answer.runs) > 0

    def scanned(self, news: News) -> None:
        """There is news of the scan."""
        problems = news.problems
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        trouble = f"{problems[0]}{more}" if problems else ""
        busy = f"reading {news.read:,} of {news.to_read:,}" if news.scanning and news.to_read else ""
        self._scan = busy or trouble
        if not news.scanning:
            self._none = trouble or (nothing_in(news.found) if news.found and not self._had_runs else NOTHING)

    def in_words(self) -> str:
        """`3 marked · $0.12 | 4,213 runs · 2 live · ~$12.31 · reading 12 of 400`."""
        return " │ ".join(filter(None, (self._marks(), " · ".join([*self._runs(), *filter(None, [self._scan])]))))

    def _marks(self) -> str:
        if not self.n_marked:
            return ""
        parts = [f"{self.n_marked:,} marked"]
        if (totals := self.marked) is not None:
            known = at_least(totals.tokens_known, totals.runs)
            parts += [_cost(totals)] if totals.cost_known else []
            parts += [f"{known}{tokens(totals.tokens)} tokens"] if totals.tokens else []
            parts += [count(totals.steps, "step")] if totals.steps else []
            parts += [f"reward ø{totals.reward:.3g}"] if totals.reward is not None else []
        return " · ".join(parts)

    def _runs(self) -> list[str]:
        if (answer := self._answer) is None:
            return []
        parts = [count(len(answer.rows), "group")] if answer.order.group else []
        parts.append(count(len(answer.runs), "run"))
        if answer.searched:
            parts.append("searched {:,} of {:,}".format(*answer.searched))
        # While runs come, the figures of fewer than are listed say nothing of those that are.
        if (totals := self.totals) is not None and totals.runs == len(answer.runs):
            parts += [f"{totals.live} live"] if totals.live else []
            parts += [_cost(totals)] if totals.cost_usd else []
            parts += [f"reward ø{totals.reward:.3g}"] if totals.reward is not None else []
        return parts if self.understood else [f"of the query before: {parts[0]}", *parts[1:]]


def nothing_in(files: int) -> str:
    """What is said when there are files, and no run in any of them."""
    which = "The one file here is no trajectory" if files == 1 else f"None of the {files:,} files here is a trajectory"
    return f"{which} in any format known; nano-tui show FILE says what is wrong with one."


def _cost(totals: Totals) -> str:
    unknown = f" + {totals.runs - totals.cost_known:,} unknown" if totals.cost_known < totals.runs else ""
    return dollars(totals.cost_usd, totals.estimated) + unknown
