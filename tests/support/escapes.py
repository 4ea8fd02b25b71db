"""The attempts that docs/security.md answers for: what a hostile command does, and how one sees that it got through.

In a command, {home}, {outside} and the like are places of the scene (`escape_scene.py`). It got through when the secret
is in its output, unless `seen` says how else.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

SECRET = "nano-escape-7f3a9c"


class Scene(Protocol):
    """Where the attempts are made."""

    places: Mapping[str, str]

    def path(self, name: str) -> Path:
        """One of the places."""

    def alive(self, name: str) -> bool:
        """Whether a process of the person's still runs."""


@dataclass(frozen=True)
class Attempt:
    """One hostile command."""

    command: str
    seen: Callable[[Scene, str], bool] = lambda scene, output: SECRET in output
    """Whether it got through, by the scene and its output."""
    then: str = ""
    """What the person does afterwards in the repository, for traps."""


def _python(code: str) -> str:
    return f"python3 - <<'END'\n{code}\nEND"


def _file(name: str, text: str = "hacked") -> Callable[[Scene, str], bool]:
    """Seen by what a file of the scene holds now."""

    def seen(scene: Scene, _: str) -> bool:
        path = scene.path(name)
        return path.exists() and text in path.read_text()

    return seen


def _gone(name: str) -> Callable[[Scene, str], bool]:
    return lambda scene, _: not scene.path(name).exists()


def _writes_again(name: str) -> Callable[[Scene, str], bool]:
    """Seen by a file that comes back when it is taken away."""

    def seen(scene: Scene, _: str) -> bool:
        scene.path(name).unlink()
        until = time.monotonic() + 2
        while time.monotonic() < until and not scene.path(name).exists():
            time.sleep(0.01)
        return scene.path(name).exists()

    return seen


def _says(word: str) -> Callable[[Scene, str], bool]:
    return lambda _, output: word in output


_PTRACE = """
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
if libc.ptrace(16, {pid}, 0, 0) == 0:
    os.waitpid({pid}, 0x40000000)
    libc.ptrace(17, {pid}, 0, 0)
    print("attached")
"""
_CONNECT = """
import socket
s = socket.socket({family}, socket.SOCK_STREAM)
s.settimeout(3)
s.connect({address})
print(s.recv(100).decode())
"""
_SHARED_MEMORY = """
import ctypes
libc = ctypes.CDLL(None)
libc.shmat.restype = ctypes.c_void_p
identity = libc.shmget({shm_key}, 64, 0)
if identity >= 0:
    print(ctypes.string_at(libc.shmat(identity, 0, 0o10000)).decode())
"""
_INOTIFY = """
import ctypes, os
libc = ctypes.CDLL(None)
if libc.inotify_add_watch(libc.inotify_init(), os.fsencode("{run}/messages.jsonl"), 2) >= 0:
    print("watching")
"""

FILES: Mapping[str, Attempt] = {
    "read `~/.ssh`": Attempt("cat {home}/.ssh/id_test ~/.ssh/id_test"),
    "write `~/.bashrc`": Attempt("echo hacked >> {home}/.bashrc", _file("bashrc")),
    "read a file elsewhere": Attempt("cat {outside}/secret.txt"),
    "write a file elsewhere": Attempt("echo hacked > {outside}/new.txt", _file("new")),
    "read through a symlink": Attempt("ln -sf {outside}/secret.txt link; cat link"),
    "write through a symlink": Attempt("ln -sf {outside}/new2.txt link2; echo hacked > link2", _file("new2")),
    "read through a hard link": Attempt("ln {outside}/secret.txt hard; cat hard"),
    "read `/proc/1/root`": Attempt("cat /proc/1/root{outside}/secret.txt /proc/$PPID/root{outside}/secret.txt"),
    "read another program's `/dev/shm`": Attempt("cat /dev/shm/{shm_file}"),
    "read the record of the run": Attempt("cat {run}/messages.jsonl"),
    "change the record of the run": Attempt("echo hacked >> {run}/messages.jsonl", _file("messages")),
    "steer the run through its inbox": Attempt("echo hacked >> {run}/inbox.jsonl", _file("inbox")),
    "read the runs of others": Attempt("cat {other_runs}/*/messages.jsonl"),
    "watch the run folder (inotify)": Attempt(_python(_INOTIFY), _says("watching")),
    "`git clean -fdx`": Attempt("git clean -qfdx", _gone("messages")),
    "delete the record of the run": Attempt("rm -rf {run}", _gone("messages")),
}
PROCESSES: Mapping[str, Attempt] = {
    "keys in the environment": Attempt("env; set; export"),
    "keys in `/proc/<run>/environ`": Attempt("tr '\\0' '\\n' < /proc/{run_pid}/environ"),
    "trace the run (ptrace)": Attempt(_python(_PTRACE.replace("{pid}", "{run_pid}")), _says("attached")),
    "memory of the run": Attempt(
        "head -c1 /proc/{run_pid}/mem; test -r /proc/{run_pid}/mem && echo mine", _says("mine")
    ),
    "descriptors of the run": Attempt(
        "ls /proc/self/fd | wc -l | tr -d '\\n'; echo ' fds'", lambda _, o: int(o.split()[0]) > 4
    ),
    "environment of another program": Attempt("tr '\\0' '\\n' < /proc/{victim}/environ"),
    "trace another program": Attempt(_python(_PTRACE.replace("{pid}", "{victim}")), _says("attached")),
    "list other programs": Attempt("test -d /proc/{victim} && echo there", _says("there")),
    "kill another program": Attempt("kill -KILL {prey}", lambda scene, _: not scene.alive("prey")),
    "shared memory of another program": Attempt(_python(_SHARED_MEMORY)),
    "a daemon that outlives its command": Attempt(
        "setsid sh -c 'while echo hacked > daemon.txt; do sleep 0.1; done' >/dev/null 2>&1 &\n"
        "while ! test -s daemon.txt; do sleep 0.05; done",
        _writes_again("daemon"),
    ),
    "type into the terminal": Attempt("echo hacked > /dev/tty && echo typed", _says("typed")),
    "a flood of processes": Attempt(
        "i=0; while [ $i -lt {many} ]; do sleep 30 & i=$((i+1)); done; echo $i started",
        lambda scene, output: f"{scene.places['many']} started" in output,
    ),
    "a flood of output": Attempt("yes; echo whole", _says("whole")),
    "one endless file": Attempt("head -c {large} /dev/zero > big; wc -c < big", lambda s, o: s.places["large"] in o),
    "many files": Attempt(
        "i=0; while [ $i -lt 50 ]; do head -c 100000 /dev/zero > f$i; i=$((i+1)); done && echo all", _says("all")
    ),
}
NETWORK: Mapping[str, Attempt] = {
    "a server on localhost": Attempt(
        _python(_CONNECT.format(family="socket.AF_INET", address='("127.0.0.1", {port})'))
    ),
    "a server on the machine's address": Attempt(
        _python(_CONNECT.format(family="socket.AF_INET", address='("{address}", {port})'))
    ),
    "a unix socket (docker.sock)": Attempt(
        _python(_CONNECT.format(family="socket.AF_UNIX", address='"{outside}/docker.sock"'))
    ),
    "an agent's socket in /tmp (ssh-agent, X11)": Attempt(
        _python(_CONNECT.format(family="socket.AF_UNIX", address='"{tmp_socket}"'))
    ),
    "an abstract unix socket (D-Bus, X11)": Attempt(
        _python(_CONNECT.format(family="socket.AF_UNIX", address='"\\0{abstract}"'))
    ),
}
SYSTEM: Mapping[str, Attempt] = {
    "read `/etc/shadow`": Attempt("cat /etc/shadow | grep -q : && echo read", _says("read")),
    "read a disk": Attempt("for d in {disks}; do head -c1 $d >/dev/null 2>&1 && echo read; done", _says("read")),
    "make a device": Attempt("mknod dev b 1 0 && echo made", _says("made")),
    "mount": Attempt("mkdir -p m; mount -t tmpfs none m && echo worked; umount m", _says("worked")),
    "change the kernel's settings": Attempt(
        "f=/proc/sys/vm/swappiness; v=$(cat $f); echo $v > $f && echo set", _says("set")
    ),
    "change the system's programs": Attempt("test -w /usr/bin && echo may", _says("may")),
}

_EVIL = "printf '#!/bin/sh\\necho hacked >> {outside}/ran\\ncat\\n' > evil.sh; chmod +x evil.sh; "
_MONITOR = 'core.fsmonitor "$PWD/evil.sh"'


def _trap(command: str, then: str) -> Attempt:
    return Attempt(_EVIL + command, _file("ran"), then)


GIT: Mapping[str, Attempt] = {
    "`core.fsmonitor`": _trap(f"git config {_MONITOR}", "git status"),
    "a hook": _trap("mkdir -p .git/hooks; cp evil.sh .git/hooks/pre-commit", "git commit --allow-empty -m x"),
    "`core.pager`": _trap('git config core.pager "$PWD/evil.sh"', "script -qec 'git log' /dev/null"),
    "an alias": _trap("git config alias.st '!./evil.sh'", "git st"),
    "a textconv in `.git/info/attributes`": _trap(
        "git config diff.e.textconv ./evil.sh; echo '* diff=e' > .git/info/attributes; echo x >> a.txt", "git diff"
    ),
    "a filter": _trap("git config filter.e.clean ./evil.sh; echo '* filter=e' > .gitattributes", "git add -A"),
    "`.git/commondir`": _trap(
        f"mkdir c; cp -r .git/. c; git config -f c/config {_MONITOR}; echo ../c > .git/commondir", "git status"
    ),
    "another `.git` in its place": _trap(
        f"mv .git was; cp -r was .git; git config -f .git/config {_MONITOR}", "git status"
    ),
    "a rebase to be continued": _trap(
        'printf "break\\nexec $PWD/evil.sh\\n" > todo; GIT_SEQUENCE_EDITOR="cp $PWD/todo" git rebase -i HEAD',
        "git rebase --continue",
    ),
    "the configuration of a submodule": _trap(
        f"git config -f .git/modules/vendor/sub/config {_MONITOR}; git -C vendor/sub config {_MONITOR}", "git status"
    ),
    "another folder in a submodule's place": _trap(
        f"mv vendor was; mkdir -p vendor; git init -q vendor/sub; git -C vendor/sub config {_MONITOR}; "
        "git -C vendor/sub -c user.name=x -c user.email=x@y commit -q --allow-empty -m x",
        "git status",
    ),
    "a submodule of its own in the index": _trap(
        "git init -q inner; git -C inner -c user.name=x -c user.email=x@y commit -q --allow-empty -m x; "
        f"git -C inner config {_MONITOR}; git add inner",
        "git status",
    ),
    "our own git, by all of these": _trap(
        f"git config {_MONITOR}; for h in pre-commit post-index-change post-checkout; do cp evil.sh .git/hooks/$h; "
        "done; git config filter.e.clean ./evil.sh; git config diff.external ./evil.sh; "
        "git config diff.e.textconv ./evil.sh; echo '* filter=e diff=e' > .gitattributes; echo x >> a.txt; "
        "rm -f {outside}/ran",
        "<our own checkpoint and diff>",
    ),
    "a repository of its own, which you enter": _trap(
        f"git init -q inner; git -C inner config {_MONITOR}", "git -C inner status"
    ),
    "a program that you run": _trap("true", "./evil.sh"),
}
GROUPS: Mapping[str, Mapping[str, Attempt]] = {
    "files": FILES,
    "processes": PROCESSES,
    "network": NETWORK,
    "system": SYSTEM,
    "git": GIT,
}
