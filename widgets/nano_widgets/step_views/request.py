"""The request as the model got it at a step."""

from __future__ import annotations

from pathlib import Path

from nano_agent.trajectory import Trajectory
from nano_widgets.cost_rows import share_of
from nano_widgets.json_tree.tree_view import Root
from nano_widgets.request.counts import Counts
from nano_widgets.request.parts import Counted, MessagesPart, ToolsPart
from nano_widgets.request.sent import as_it_was_sent, end_of, is_verbatim, kept_request, tools_sent
from nano_widgets.request.view import RequestView
from nano_widgets.step_views.base import Sight, StepView
from nano_widgets.units import UNKNOWN, count, tokens


class RequestSide(StepView):
    """Shows messages and tools of the request that the step's reply answers."""

    def __init__(self) -> None:
        self.view = RequestView()
        super().__init__(self.view)
        self._sight: Sight | None = None
        self._counted: Counted | None = None

    def show(self, sight: Sight) -> None:
        """Count in a thread what is not counted yet, then show it."""
        self._sight, run = sight, sight.run
        counts = self._counts(run)
        end = end_of(sight.items, sight.number, run.messages)
        kept = kept_request(run, end)
        if counts.tools is not None and len(counts) >= end and kept is None:
            self._arrived(sight, end, None, None)
            return
        self.view.headline, self.view.notice = "", "Counting tokens …"
        self.view.show(())
        self.aside(
            "request",
            lambda: self._counted_to(sight, counts, end, kept),
            lambda told: self._arrived(sight, end, kept, told[1]) if told[0] else None,
        )

    def _counted_to(self, sight: Sight, counts: Counts, end: int, kept: Path | None) -> tuple[bool, Counted | None]:
        """Count; whether all is counted, and the shorter request that was sent, where one was. For a thread."""

        def cancelled() -> bool:
            return self._sight is not sight

        complete = counts.extend(sight.run.messages, end, cancelled)
        if kept is None or not complete:
            return complete, None
        shorter = as_it_was_sent(sight.run, kept)
        own = Counts(shorter)
        return own.extend(shorter.messages, len(shorter.messages), cancelled), Counted(shorter, own)

    def _counts(self, run: Trajectory) -> Counts:
        """The counts of this run; they stay true while it grows, and are made anew for another."""
        old = self._counted
        same = old is not None and (old.run is run or (run.live and old.run.path == run.path))
        counts = old.counts if old is not None and same else Counts(run)
        self._counted = Counted(run, counts)
        return counts

    def _arrived(self, sight: Sight, end: int, kept: Path | None, shorter: Counted | None) -> None:
        counted = self._counted
        if sight is not self._sight or counted is None:
            return
        roots = list[Root]()
        if tools := tools_sent(sight.run):
            roots.append(Root("", ToolsPart(tools, counted.counts.tools or ()), open=False))
        if shorter is None:
            roots += self._history(sight, counted, end)
        else:
            all_of_it = len(shorter.run.messages)
            words = f"as it was sent: {count(all_of_it, 'message')}"
            roots.append(Root("", MessagesPart(shorter, 0, all_of_it, words)))
        sent = len(shorter.run.messages) if shorter else end
        self.view.headline = self._headline(sight, shorter or counted, sent, kept)
        self.view.notice = "Nothing is known of the request."
        self.view.show(roots, len(roots) - 1)

    @staticmethod
    def _history(sight: Sight, counted: Counted, end: int) -> list[Root]:
        """What of the history was sent before, and what was new."""
        counts, roots = counted.counts, list[Root]()
        before = end_of(sight.items, sight.number - 1, sight.run.messages) if sight.number > 1 else 0
        if before:
            words = f"sent with earlier requests: {count(counts.sent_between(0, before), 'message')}"
            roots.append(Root("", MessagesPart(counted, 0, before, words), open=False))
        what = "new since the request before" if before else "the first request"
        words = f"{what}: {count(counts.sent_between(before, end), 'message')}"
        return [*roots, Root("", MessagesPart(counted, before, end, words))]

    def _headline(self, sight: Sight, counted: Counted, sent: int, kept: Path | None) -> str:
        run = sight.run
        usage = run.messages[sight.step.reply].usage
        estimate = counted.counts.between(0, sent) + sum(counted.counts.tools or ())
        known = usage.prompt_tokens if usage is not None else None
        fill = share_of(known if known is not None else estimate, sight.window)
        words = [f"{'~' * (known is None and fill != UNKNOWN)}{fill} of the window"]
        words += [f"{known:,} tokens by the provider"] if known is not None else []
        words.append(f"~{tokens(estimate)} {'by ours' if known is not None else 'tokens'}")
        # In the order of weight: the end is out of sight on a narrow screen.
        if kept is not None:
            words.append(f"a shorter prompt was sent: {kept.parent.name}/{kept.name}")
        if not is_verbatim(run):
            words.append("reconstructed")
        if run.tools is None:
            words.append("tools unknown")
        return " · ".join(words)

    def clear(self, notice: str) -> None:
        """Show nothing, and say why."""
        self._sight = None
        self.view.headline, self.view.notice = "", notice
        self.view.show(())
