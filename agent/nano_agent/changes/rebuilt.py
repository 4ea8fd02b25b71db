"""The work tree of a run that kept none: rebuilt from the run's own edits, as far as these and its reads tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nano_agent.changes import patches
from nano_agent.changes.answers import MOST, Diff, Entry, FileText, Folder, Provenance, Status, entries_of
from nano_agent.changes.follow import Followed, plain
from nano_agent.changes.lines import Version
from nano_agent.changes.operations import Delete, Patch, Write
from nano_agent.changes.replay import History
from nano_agent.changes.unified import Side, file_diff
from nano_agent.trajectory import Trajectory

_HOW = "Rebuilt from the run's own edits."
_NOTES_SAID = 3


class RebuiltChanges:
    """Replays the edits of a run once, and answers from the versions that came of it."""

    def __init__(self, run: Trajectory) -> None:
        self._recorded = run.diff
        followed = Followed(run)
        self._replay = followed.replay
        self.last = followed.last
        self.provenance: Provenance = "reconstructed"
        if not any(history.versions for history in self._replay.files.values()):
            self.provenance = "submission" if run.diff else "none"

    def diff(self, before: int, after: int) -> Diff:
        """See `Changes.diff`."""
        if self.provenance == "submission":
            return Diff("", "none", "What single steps changed is not known; only the final diff is recorded.")
        if not 0 <= before <= self.last or not 0 <= after <= self.last:
            return Diff("", "none", f"There is no step {after if after > self.last else before}.")
        files = self._replay.files
        text, cut = "", False
        for path in sorted(files):
            text += self._file_diff(path, before, after)
            if len(text) > MOST:
                text, cut = text[: text.rfind("\n", 0, MOST) + 1], True
                break
        if self.provenance == "none" and not text:
            return Diff(
                "",
                "none",
                self._note(before, after) if self._replay.notes else "The run has no edit that could be followed.",
            )
        note = self._note(before, after) + (" Only the first 2 MB are shown." if cut else "")
        return Diff(text, "reconstructed", note, cut)

    def _file_diff(self, path: str, before: int, after: int) -> str:
        files, history = self._replay.files, self._replay.files[path]
        old, new = history.at(before), history.at(after)
        if old is new:
            return ""
        origin = files.get(history.origin) if history.origin else None
        if old is None and origin is not None and origin.at(after) is None and (there := origin.at(before)) is not None:
            return file_diff(Side(history.origin, there, origin.base), Side(path, new, history.base))
        if new is None and self._renamed(path, before, after):
            return ""
        return file_diff(Side(path, old, history.base), Side(path, new, history.base))

    def _renamed(self, path: str, before: int, after: int) -> bool:
        others = (other for other in self._replay.files.values() if other.origin == path)
        return any(other.at(before) is None and other.at(after) is not None for other in others)

    def final(self) -> Diff:
        """See `Changes.final`."""
        if self._recorded is not None:
            return Diff(self._recorded, "submission", self._agreement())
        return self.diff(0, self.last)

    def changed(self, before: int, after: int) -> Mapping[str, Status]:
        """See `Changes.changed`."""
        found = dict[str, Status]()
        for path, history in self._replay.files.items():
            old, new = history.at(before), history.at(after)
            if old is not new and file_diff(Side(path, old, history.base), Side(path, new, history.base)):
                found[path] = "+" if old is None else "-" if new is None else "~"
        return found

    def folder(self, path: str, step: int) -> Folder:
        """See `Changes.folder`: the files that the run showed or changed, since no others are known."""
        prefix = f"{path}/" if path else ""
        changed, in_step = self.changed(0, step), self.changed(max(0, step - 1), step)
        files = dict[str, Entry]()
        for place, history in self._replay.files.items():
            version = history.at(step)
            if not place.startswith(prefix) or version is None or not place:
                continue
            name, _, deeper = place[len(prefix) :].partition("/")
            if deeper:
                files.setdefault(name, Entry(name, prefix + name, "folder"))
                continue
            text = version.text(history.base)
            size = len(text.encode("utf-8", "replace")) if text is not None else None
            files[name] = Entry(name, place, "file", changed.get(place, ""), in_step.get(place, ""), "", size)
        entries = entries_of(files, path, changed, in_step)
        known = "Only files that the run showed or changed are known" + ("." if entries else ": none, up to this step.")
        note = known if not path else ""
        return Folder(entries, "reconstructed" if entries or path else "none", note)

    def text(self, path: str, step: int) -> FileText:
        """See `Changes.text`; lines that are not known stand as `⋯`."""
        history = self._replay.files.get(path)
        version = history.at(step) if history is not None else None
        if history is None or version is None:
            return FileText(None, "none", "There is no such file as of this step, as far as is known.")
        text = version.text(history.base)
        if text is not None:
            return FileText(text[:MOST], "reconstructed", self._note(0, step, path), len(text) > MOST)
        lines = ["⋯" if isinstance(line, int) else line for line in version.spelled(history.base)]
        if not any(line != "⋯" for line in lines):
            return FileText(None, "none", "Nothing of this file is known.")
        return FileText("\n".join(lines), "reconstructed", _unknown(lines, version, version.is_open(history.base)))

    def agreement(self) -> tuple[list[str], list[str]] | None:
        """How the replayed run fits the recorded final diff; `None` when none is recorded.

        The files that are not as the diff says, and those that were changed and are not in it.
        """
        found = list(patches.unified(plain(self._recorded or "")))
        if self._recorded is None or (self._recorded.strip() and not found):
            return None
        named = {path for one in found for path in (one.path, getattr(one, "to", ""))}
        extra = [path for path in self.changed(0, self.last) if path not in named]
        return [one.path for one in found if not self._agrees(one)], extra

    def _agrees(self, one: Patch | Write | Delete) -> bool:
        history = self._replay.files.get(getattr(one, "to", "") or one.path, History())
        version = history.at(self.last)
        if not isinstance(one, Patch):
            text = version.text(history.base) if version is not None else None
            return text == one.text if isinstance(one, Write) else version is None
        if version is None or version.loose:
            return False
        spelled, shift = version.spelled(history.base, max((h.start or 0 for h in one.hunks), default=0) + 1), 0
        for hunk in one.hunks:
            start = (hunk.start or 0) + shift
            if tuple(spelled[start : start + len(hunk.new)]) != hunk.new:
                return False
            shift += len(hunk.new) - len(hunk.old)
        own = len(version.lines) - (version.rest or 0) if version.rest is not None else shift
        return own == shift or not one.hunks

    def _agreement(self) -> str:
        fit = self.agreement()
        if fit is None or self.provenance != "reconstructed":
            return ""
        wrong, extra = fit
        sentences = [f"The run's edits, replayed, lead to something else in {_list(wrong)}."] if wrong else []
        sentences += [f"The run also changed {_list(extra)}, which this diff leaves out."] if extra else []
        return " ".join(sentences) or "The run's edits, replayed, lead to the same."

    def _note(self, before: int, after: int, path: str = "") -> str:
        """What is uncertain between two steps."""
        low, high = sorted((before, after))
        said = dict.fromkeys(
            f"{where or 'Files'}, step {step}: {words}"
            for step, where, words in self._replay.notes
            if low < step <= high and (not path or where == path)
        )
        sentences = [_HOW, *(f"{words}." for words in list(said)[:_NOTES_SAID])]
        if len(said) > _NOTES_SAID:
            sentences.append(f"{len(said) - _NOTES_SAID} more things are uncertain.")
        return " ".join(sentences)


def _unknown(lines: Sequence[str], version: Version, is_open: bool) -> str:
    count = sum(line == "⋯" for line in lines)
    parts = [f"{count} lines that were never shown are not known"] if count else []
    parts += ["what follows the last line is not known"] if is_open else []
    parts += ["some replaced texts have no known place"] if version.loose else []
    return f"{_HOW} " + "; ".join(parts).capitalize() + "."


def _list(paths: Sequence[str]) -> str:
    more = len(paths) - _NOTES_SAID
    return ", ".join(paths[:_NOTES_SAID]) + (f" and {more} more" if more > 0 else "")
