"""The rows of one item of a transcript: who speaks, what is said, what is called, what came back."""

from __future__ import annotations

from collections.abc import Sequence

from nano_agent.trajectory import Message, ToolCall
from nano_widgets import calls
from nano_widgets.calls import CallView
from nano_widgets.flow.page import Look, Marker, Page
from nano_widgets.flow.row import Piece, Row
from nano_widgets.outcomes import failed
from nano_widgets.safe import cells, one_line
from nano_widgets.seen import was_cut
from nano_widgets.transcript.facts import action_facts, reply_facts
from nano_widgets.transcript.markers import DiffLines, NewLines, Prose
from nano_widgets.transcript.pairs import pair
from nano_widgets.transcript.view import Part, View
from nano_widgets.transcript.whole import cut_in_words, whole_output
from nano_widgets.units import count

INDENT: tuple[Piece, ...] = (("  ", ""),)
BAR: tuple[Piece, ...] = (("  │ ", "rule"),)
BAD_BAR: tuple[Piece, ...] = (("  │ ", "error"),)
CHILD = "child"
"""In the place of a text's name: the row that leads to a child."""
_LABELS = {"exit": "end", "other": "record"}


def rows_of(view: View, item: int, width: int) -> list[Row]:
    """Lay out one item: a step with its calls and their results paired, or a message on its own."""
    return _ItemRows(view, width).rows(item)


class _ItemRows:
    def __init__(self, view: View, width: int) -> None:
        self.view = view
        self.page = Page(width, view.search, view.hit)

    def rows(self, item: int) -> list[Row]:
        indexes, step = self.view.items.messages(item), self.view.items.step(item)
        first = self.view.messages[indexes[0]]
        if step and not first.is_observation:
            self._step(indexes, step, first)
        elif first.is_observation:
            self._header(step, first)
            for i in indexes:
                self._observation_alone(i, self.view.messages[i])
        else:
            self._message(indexes[0], first)
        self.page.blank()
        return self.page.rows

    def _header(self, step: int, message: Message) -> None:
        header(self.page, str(step) if step else "", message, self.view.running)

    def _message(self, index: int, message: Message) -> None:
        self._header(0, message)
        kind = "system" if message.role == "system" else "text"
        self._text((index, "text"), message.text, kind, Look(prefix=INDENT, words=True), Prose())
        if not message.text and message.raw:
            self._text((index, "record"), calls.as_text(message.raw), "record", Look("muted", INDENT))

    def _step(self, indexes: range, step: int, reply: Message) -> None:
        self._header(step, reply)
        at = indexes[0]
        self._text((at, "reasoning"), reply.reasoning, "reasoning", Look("reasoning", INDENT, words=True))
        self._text((at, "text"), reply.text, "text", Look(prefix=INDENT, words=True), Prose())
        observations = {i: self.view.messages[i] for i in indexes[1:]}
        answers = pair(reply.tool_calls, observations)
        last = indexes[-1] == len(self.view.messages) - 1
        for number, call in enumerate(reply.tool_calls):
            answer = answers.get(number)
            self._call(at, number, call, observations.pop(answer) if answer is not None else None, last)
            if answer is not None:
                self._output(answer, self.view.messages[answer])
        for i, observation in observations.items():
            self._observation_alone(i, observation)
        if not (reply.text or reply.reasoning or reply.tool_calls):
            self.page.line((*INDENT, ("an empty reply", "note")))

    def _observation_alone(self, index: int, observation: Message) -> None:
        """An observation whose call is not known, or that brings its own."""
        for number, call in enumerate(observation.tool_calls):
            self._call(index, number, call, observation, False)
        if not observation.tool_calls:
            name = one_line(observation.name or "result", 60)
            self.page.line((*INDENT, (f"↳ {name}", "tool")), action_facts(observation))
        self._output(index, observation)

    def _call(self, index: int, number: int, call: ToolCall, answer: Message | None, last: bool) -> None:
        facts = action_facts(answer, "waiting" if last and self.view.running else "no answer recorded")
        call_rows(self.page, self.view, (index, f"call {number}"), calls.view(call), facts, brief=call.from_text)

    def _output(self, index: int, observation: Message) -> None:
        part = (index, "text")
        bar = BAD_BAR if failed(observation) else BAR
        if observation.child is not None:
            child = one_line(observation.child.name, 60)
            self.page.line(
                (*bar, (f"└ child run {child}", "fold"), (" · C or a click opens it", "note")), folds=(index, CHILD)
            )
        if not was_cut(observation):
            self._text(part, observation.text, "output", Look(prefix=bar, colours=True))
        elif self.view.whole:
            for words, name, text in whole_output(observation):
                self.page.line((*bar, (words, "note")))
                self._text((index, name), text, "output", Look(prefix=bar, colours=True))
        else:
            self._text(part, observation.text, "output", Look(prefix=bar, colours=True))
            self.page.line((*bar, (f"✂ {cut_in_words(observation)} · w shows it whole", "note")))

    def _text(self, part: Part, text: str, kind: str, look: Look, marker: Marker | None = None) -> None:
        if not text:
            return
        if self.view.hidden(part, kind) and kind != "system":
            lines = text.count("\n") + (not text.endswith("\n"))
            what = "reasoning" if kind == "reasoning" else "output"
            self.page.line((*look.prefix, (f"… {count(lines, 'line')} of {what}", "fold")), folds=part)
            return
        look = Look(look.ink, look.prefix, words=look.words, colours=look.colours, unfold=self.view.hint(part))
        self.page.text(text, part, look, self.view.fold(part, kind), *((marker,) if marker else ()))


def header(page: Page, number: str, message: Message, running: bool = False) -> None:
    """Who speaks, with a rule to the facts at the right end."""
    label = _LABELS.get(message.role, message.role)
    name = f" {one_line(message.name, 30)}" if message.name and message.role not in ("tool", "assistant") else ""
    note = f" · {one_line(message.note, 60)}" if message.note else ""
    facts = reply_facts(message)
    pieces: list[Piece] = [(f"{number} ", "number-on")] if number else []
    ink = message.role if message.role != "exit" else "other"
    pieces += [(label, ink), (name, "muted"), (note, "note")]
    used = sum(cells(text) for text, _ in (*pieces, *facts))
    pieces.append((" " + "─" * max(0, page.width - used - 2 - bool(facts)), "rule"))
    page.line(pieces, facts)


def call_rows(
    page: Page, view: View, part: Part, call: CallView, facts: Sequence[Piece] = (), *, brief: bool = False
) -> None:
    """A call: the command behind a `$`, an edit as a diff, all else by name and arguments."""
    right, hint = tuple(facts), view.hint(part)
    name = one_line(call.name, 60)
    if call.kind == "command":
        lead: tuple[Piece, ...] = (("  $ ", "prompt"),)
        if brief:
            # The whole command stands in the reply's text just above.
            page.line((*lead, (one_line(call.subject, page.width), "command")), right)
        else:
            look = Look("command", (("    ", ""),), lead, colours=False, right=right, unfold=hint)
            page.text(call.subject, part, look, view.fold(part, "call"))
    elif call.kind in ("edit", "write"):
        path = one_line(call.path or "a patch", page.width)
        page.line((*INDENT, (f"{name} ", "call"), (path, "file"), (f"  {call.changes}", "muted")), right)
        page.rows[-1].part = (part[0], part[1].replace("call", "title"))
        marker = DiffLines() if call.diff else NewLines()
        page.text(call.text, part, Look(prefix=(("    ", ""),), unfold=hint), view.fold(part, "diff"), marker)
    else:
        lead = (*INDENT, (f"{name} ", "call"))
        look = Look("", (("    ", ""),), lead, right=right, unfold=hint)
        page.text(call.subject, part, look, view.fold(part, "call"))
        if call.broken:
            page.line((*INDENT, ("these arguments are no JSON object", "note")))
    if call.details and call.kind != "call":
        words = "  ".join(f"{key}={one_line(value, 40)}" for key, value in call.details)
        page.line((("    ", ""), (one_line(words, page.width), "muted")))
