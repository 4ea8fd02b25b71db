"""Logs of Inspect (inspect_ai): the `.eval` archive and the `.json` form, a trajectory for each sample."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from nano_agent.formats import values
from nano_agent.formats.inspect_archive import Archive, SampleParts, is_archive
from nano_agent.formats.inspect_sample import FORMAT, log_fields, trajectory_of
from nano_agent.formats.json_rows import CUT_OFF, is_cut_off, opening
from nano_agent.formats.reader import NotATrajectory
from nano_agent.formats.source import Source
from nano_agent.formats.zip_members import BadMember
from nano_agent.trajectory import Trajectory

if TYPE_CHECKING:
    from nano_agent.library.summary import Summary

_ZIP = b"PK\x03\x04"
_UNENDED = "The log was not closed: its evaluation still runs, or was killed"
_CUT = "The archive is cut off: samples at its end are missing"


class InspectReader:
    """Reads a log's samples; a log without any gives one trajectory without messages, so that its status is seen."""

    name = FORMAT

    def sniff(self, source: Source) -> bool:
        """An archive with a log's members, or a JSON document with a log's keys."""
        if source.head.startswith(_ZIP):
            return is_archive(source.path)
        return _is_log(opening(source, b'"eval"'))

    def summarise(self, source: Source, size: int, mtime_ns: int) -> Iterable[Summary] | None:
        """The samples' summaries without their events, which are most of an archive; `None` for all but archives."""
        if source.path.suffix != ".eval" or not self.sniff(source):
            return None
        from nano_agent.library.summary import summarise

        return (summarise(sample, size, mtime_ns, source.at) for sample in _of_archive(source, Archive.glimpse))

    def read(self, source: Source) -> Iterator[Trajectory]:
        """Every sample of the log."""
        yield from _of_archive(source) if source.head.startswith(_ZIP) else _of_document(source)


def _is_log(value: Any) -> bool:
    """Whether a document has a log's keys: the status, and what was evaluated."""
    if not isinstance(value, dict) or not isinstance(value.get("status"), str):
        return False
    spec = value.get("eval")
    return isinstance(spec, dict) and "task" in spec and "model" in spec


def _of_document(source: Source) -> Iterator[Trajectory]:
    log = opening(source, b'"eval"')
    if not _is_log(log):
        raise NotATrajectory(source.path, "no Inspect log")
    samples = [sample for sample in values.items(log.get("samples")) if isinstance(sample, dict)]
    fields = log_fields(log)
    warnings = (CUT_OFF,) if is_cut_off(source) else ()
    if not samples:
        yield _without_samples(source, fields, warnings)
    for sample in samples:
        yield trajectory_of(SampleParts(sample), fields, source.path, len(samples) == 1, warnings)


def _of_archive(
    source: Source, glimpse: Callable[[Archive, str], SampleParts | None] = lambda archive, name: None
) -> Iterator[Trajectory]:
    archive = Archive(source.path)
    header, ended = archive.header
    if not isinstance(header.get("eval"), dict):
        raise NotATrajectory(source.path, "an archive without the header of an Inspect log")
    fields = log_fields(header)
    warnings = (*([] if ended else [_UNENDED]), *([] if archive.whole else [_CUT]))
    names = archive.samples
    if not names:
        yield _without_samples(source, fields, warnings)
    chosen = source.begin.place if source.begin else None
    for place, name in enumerate(names):
        if chosen not in (None, place):
            continue
        source.at = place
        try:
            parts = glimpse(archive, name) or archive.sample(name)
        except BadMember as error:
            yield _without_samples(
                source, {**fields, "sample": name}, (*warnings, f"{' '.join(name.split())}: {error}")
            )
        else:
            yield trajectory_of(parts, fields, source.path, len(names) == 1, warnings)


def _without_samples(source: Source, fields: dict[str, Any], warnings: tuple[str, ...]) -> Trajectory:
    return Trajectory(**fields, format=FORMAT, path=source.path, warnings=warnings)
