"""What commands get to see of the machine: the system, the tools on their PATH, and the repository."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from nano_agent.record.files import RUNS_FOLDER
from nano_agent.workspace import Repository
from nano_agent.workspace.git import GitRunner

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/opt", "/nix/store", "/gnu/store")
SECRET = (
    *("/etc/shadow", "/etc/shadow-", "/etc/gshadow", "/etc/gshadow-", "/etc/sudoers", "/etc/sudoers.d", "/etc/ssh"),
    *("/etc/ssl/private", "/etc/krb5.keytab", "/etc/security/opasswd", "/etc/wireguard", "/etc/openvpn"),
    *("/etc/NetworkManager/system-connections", "/etc/docker", "/etc/kubernetes", "/etc/rancher"),
)
"""Files of the system that only root may read, which a run of root's could."""
KERNEL = ("/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus", "/proc/fs")
"""Settings of the kernel that belong to root, who needs no privilege to change them."""
_TOOLCHAINS = ("VIRTUAL_ENV", "CONDA_PREFIX", "JAVA_HOME", "GOROOT", "RUSTUP_HOME", "NVM_DIR", "PYENV_ROOT")
_MARKS = ("pyvenv.cfg", "conda-meta", "libexec", "lib")
"""What lies beside `bin` in a folder that is a tool with all its parts."""


def toolchains(root: Path, home: Path, environ: Mapping[str, str]) -> list[Path]:
    """The folders of tools that lie outside of the system's: on the PATH, and those that variables name.

    The home folder itself is never one, nor what holds it.
    """
    found: dict[Path, None] = {}
    for folder in _tool_folders(root, environ):
        too_much = home.is_relative_to(folder) or root.is_relative_to(folder) or folder == home / ".local"
        if folder.is_dir() and not too_much and not _below(folder, (Path(place) for place in SYSTEM)):
            found[folder] = None
    return [folder for folder in found if not any(other != folder and folder.is_relative_to(other) for other in found)]


def _tool_folders(root: Path, environ: Mapping[str, str]) -> Iterator[Path]:
    for name in _TOOLCHAINS:
        if value := environ.get(name):
            yield Path(value)
    entries = [Path(entry) for entry in environ.get("PATH", os.defpath).split(os.pathsep) if entry.startswith("/")]
    for entry in entries:
        yield _whole(entry)
    # A virtual environment's interpreter is a link to one that lies elsewhere.
    for folder in (root / ".venv" / "bin", root / "venv" / "bin", *entries):
        python = folder / "python3"
        if python.is_symlink() and python.exists():
            yield _whole(python.resolve().parent)


def _whole(folder: Path) -> Path:
    """The tool that a folder of programs belongs to, when it is one that has everything in one place."""
    own = folder.name == "bin" and folder.parent.name != ".local"
    return folder.parent if own and any((folder.parent / mark).exists() for mark in _MARKS) else folder


def _below(path: Path, places: Iterable[Path]) -> bool:
    return any(path.is_relative_to(place) for place in places)


def hidden(root: Path, run_folder: Path) -> list[Path]:
    """The run folders that lie in the repository: the place where runs are kept, or this one and its neighbours."""
    found = [root / RUNS_FOLDER] if (root / RUNS_FOLDER).is_dir() else []
    runs = run_folder.resolve().parent
    if runs.is_relative_to(root) and not _below(runs, found):
        inside = list(runs.iterdir())
        ours = [folder for folder in inside if (folder / "metadata.json").exists()]
        found += [runs] if runs != root and len(ours) == len(inside) else ours
    return found


def submodules(repository: Repository) -> dict[Path, Path | None]:
    """Where submodules are, or will be, each with its `.git`; `None` for one that is not checked out.

    Git on the host asks git in them, and obeys what it is told there.
    """
    listing = GitRunner(repository.root).run("ls-files", "-z", "--stage")
    places = [entry.partition("\t")[2] for entry in listing.split("\0") if entry.startswith("160000 ")]
    return {
        repository.root / place: repository.root / place / ".git"
        if (repository.root / place / ".git").exists()
        else None
        for place in places
        if (repository.root / place).resolve().is_relative_to(repository.root)
    }


def pins(root: Path, path: Path) -> list[Path]:
    """The folders between the repository's root and a path: made mounts, so that none can be moved away."""
    return [folder for folder in reversed(path.parents) if folder != root and folder.is_relative_to(root)]
