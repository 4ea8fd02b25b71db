"""What is run inside a sandbox around each command: its limits, and an eye on what it leaves running."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

LEFT = "left-behind"
"""The sign that processes were still there when their command had exited."""
SIGNS = "/run/nano"
"""Where commands see the folder of signs."""

# $1 processes (0: something else limits them), $2 blocks of 512 bytes for a file, $3 how many entries of /proc there
# are anyway, $4 whether to end what is left running; then the command. `ulimit -u` is called -p in dash and busybox. A
# process that is only waiting to be collected is none.
_SCRIPT = f"""
exec 2>&1
ulimit -c 0
[ "$1" = 0 ] || {{ ulimit -u "$1" || ulimit -p "$1"; }} 2>/dev/null
ulimit -f "$2" 2>/dev/null
usual=$3 then=$4
shift 4
"$@"
code=$?
set -- /proc/[0-9]*
[ $# -gt "$usual" ] && [ -d {SIGNS} ] || exit $code
left=
for process; do
    case $process in /proc/1|/proc/$$) continue;; esac
    while read -r key state rest; do
        [ "$key" = State: ] && case $state in Z|X) ;; *) left=yes;; esac
    done 2>/dev/null <"$process/status"
done
[ -n "$left" ] || exit $code
: >{SIGNS}/{LEFT}
[ "$then" = kill ] && kill -KILL -1
exit $code
"""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the commands of one run may use at most."""

    processes: int = 1024
    file_bytes: int = 4 * 1024**3
    """The largest file."""
    memory_bytes: int = 8 * 1024**3
    """Of all together; held by a control group, where one can be had."""
    shm_bytes: int = 256 * 1024**2
    """`/dev/shm`."""


LIMITS = Limits()


def wrapped(command: Sequence[str], limits: Limits, usual: int, *, kill: bool = False) -> list[str]:
    """The command line of the inner shell around a command; `usual` processes are in the sandbox without it.

    `kill` ends what the command left running, and with it all that this user runs in the same process namespace: only
    for where that is a container's own.
    """
    numbers = (str(limits.processes), str(limits.file_bytes // 512), str(usual), "kill" if kill else "leave")
    return ["sh", "-c", _SCRIPT, "nano", *numbers, *command]


def taken(signs: Path) -> bool:
    """Whether the command that just ended has left processes behind; asked once for each."""
    try:
        (signs / LEFT).unlink()
    except OSError:
        return False  # it is not there, or a command put something else in its place
    return True
