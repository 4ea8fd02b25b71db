"""The run folder (format `nano-run/1`): written by one process, followed by any number of others."""

from nano_agent.record.files import FORMAT, RunFiles, new_run_id
from nano_agent.record.follower import Follower, Update
from nano_agent.record.live import LiveTail, PendingCall
from nano_agent.record.run_watch import RunWatch
from nano_agent.record.state import Ask, RunState
from nano_agent.record.writer import Recorder, RecordError

__all__ = [
    "FORMAT",
    "Ask",
    "Follower",
    "LiveTail",
    "PendingCall",
    "RecordError",
    "Recorder",
    "RunFiles",
    "RunState",
    "RunWatch",
    "Update",
    "new_run_id",
]
