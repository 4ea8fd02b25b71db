"""What a run changed: the work tree as of any of its steps, diffs between them, and how far all that can be trusted."""

from nano_agent.changes.answers import Changes, Diff, Entry, FileText, Folder, Provenance, Status
from nano_agent.changes.of_run import changes_of

__all__ = ["Changes", "Diff", "Entry", "FileText", "Folder", "Provenance", "Status", "changes_of"]
