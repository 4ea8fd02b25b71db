"""The sides of a step that are texts: what was called, what came back, the records as they are."""

from __future__ import annotations

from collections.abc import Sequence

from nano_agent.formats.on_disk import is_quick
from nano_widgets import inspector_text as texts
from nano_widgets import records, syntax
from nano_widgets.seen import is_kept_large
from nano_widgets.step_views.base import Sight, StepView
from nano_widgets.text_view import Section, TextView


class TextSide(StepView):
    """Shows sections of text."""

    def __init__(self) -> None:
        self.view = TextView()
        super().__init__(self.view)

    @property
    def call(self) -> int | None:
        """The number of the call that is on top."""
        return self.view.call

    def go_to_call(self, call: int) -> None:
        """Put a call on top."""
        self.view.go_to_call(call)

    def clear(self, notice: str) -> None:
        """Show nothing, and say why."""
        self.fill([], notice)

    def fill(self, sections: Sequence[Section], notice: str) -> None:
        """Show these sections, or the notice where there is none; colours come when they are loaded."""
        self.view.notice = notice
        self.view.show([texts.with_warning(section) for section in sections])
        if sections and not syntax.is_loaded():
            self.aside("syntax", syntax.load, lambda _: self.view.changed())


class CallSide(TextSide):
    """What the model said and asked for."""

    def show(self, sight: Sight) -> None:
        """Show the calls of a step."""
        sections = texts.call_sections(sight.messages, sight.step, self.as_written)
        self.fill(sections, "This step has no call and no words.")


class ResultSide(TextSide):
    """What came back, in full where that is kept."""

    def __init__(self) -> None:
        super().__init__()
        self._sight: Sight | None = None

    def show(self, sight: Sight) -> None:
        """Show the results of a step; a large output that is kept apart is read in a thread."""
        self._sight, messages, step = sight, sight.messages, sight.step
        if not any(is_kept_large(messages[i]) for i in step.indexes):
            self._arrived(sight, texts.result_sections(messages, step))
            return
        self.fill([], "Reading the full output …")
        self.aside(
            "result", lambda: texts.result_sections(messages, step), lambda sections: self._arrived(sight, sections)
        )

    def clear(self, notice: str) -> None:
        """Show nothing, and say why."""
        self._sight = None
        super().clear(notice)

    def _arrived(self, sight: Sight, sections: Sequence[Section]) -> None:
        if sight is self._sight:
            self.fill(sections, "This step has no result.")


class RawSide(TextSide):
    """The records, exactly as they are on disk or printed anew."""

    as_written = True

    def __init__(self) -> None:
        super().__init__()
        self._sight: Sight | None = None

    def show(self, sight: Sight) -> None:
        """Show the records of a step; in a file that is not small they are looked for in a thread."""
        self._sight, run, step = sight, sight.run, sight.step
        if not self.as_written:
            self._arrived(sight, records.printed_sections(run.messages, step))
        elif is_quick(run, step.indexes):
            self._arrived(sight, records.exact_sections(run, step))
        else:
            self.fill([], "Looking for the record in the file …")
            self.aside("raw", lambda: records.exact_sections(run, step), lambda found: self._arrived(sight, found))

    def clear(self, notice: str) -> None:
        """Show nothing, and say why."""
        self._sight = None
        super().clear(notice)

    def _arrived(self, sight: Sight, sections: Sequence[Section]) -> None:
        if sight is self._sight:
            self.fill(sections, "There is no record.")
