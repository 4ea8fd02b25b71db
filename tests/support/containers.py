"""Podman for tests: a storage of their own, and an image made from the static busybox of this machine."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.eventually import eventually

IMAGE = "localhost/nano-busybox"
_CONF = """
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
[engine]
runtime = "runc"
"""
_STORAGE = """
[storage]
driver = "vfs"
graphroot = "{place}/graph"
runroot = "{place}/run"
"""


def podman_environment(place: Path) -> dict[str, str]:
    """What podman must find in its environment: a storage with the image in it. Skips where podman cannot run."""
    busybox = shutil.which("busybox")
    missing = [name for name in ("podman", "runc") if shutil.which(name) is None] + ([] if busybox else ["busybox"])
    if missing or busybox is None:
        pytest.skip(f"not installed: {', '.join(missing)} (apt install podman runc busybox-static)")
    (place / "containers.conf").write_text(_CONF)
    (place / "storage.conf").write_text(_STORAGE.format(place=place))
    environ = {
        "CONTAINERS_CONF": str(place / "containers.conf"),
        "CONTAINERS_STORAGE_CONF": str(place / "storage.conf"),
    }
    everything = {**os.environ, **environ}
    subprocess.run(
        ["podman", "import", "-", IMAGE], input=_root(Path(busybox)), env=everything, capture_output=True, check=True
    )
    trial = ["podman", "run", "--rm", "--network", "none", IMAGE, "true"]
    done = subprocess.run(trial, env=everything, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"podman cannot run a container here: {done.stderr.strip()[-200:]}")
    return environ


def _root(busybox: Path) -> bytes:
    """A file system with busybox and its commands."""
    listed = subprocess.run([busybox, "--list"], capture_output=True, text=True, check=True).stdout.split()
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as tar:
        for folder in ("bin", "tmp", "run", "home", "etc"):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(entry)
        tar.add(busybox.resolve(), "bin/busybox")
        for name in listed:
            if name != "busybox":
                link = tarfile.TarInfo(f"bin/{name}")
                link.type, link.linkname = tarfile.SYMTYPE, "busybox"
                tar.addfile(link)
    return data.getvalue()


def containers(name: str = "podman") -> list[str]:
    """The names of the containers there are."""
    done = subprocess.run([name, "ps", "-a", "--format", "{{.Names}}"], capture_output=True, text=True, check=True)
    return done.stdout.split()


@contextlib.contextmanager
def docker_by_podman(place: Path) -> Iterator[str]:
    """Docker's own client, answered by podman's service; its DOCKER_HOST."""
    if shutil.which("docker") is None:
        pytest.skip("docker's client is not installed")
    socket = place / "docker.sock"
    command = ["podman", "system", "service", "--time", "0", f"unix://{socket}"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as service:
        try:
            eventually(socket.exists, "podman's service does not start")
            yield f"unix://{socket}"
        finally:
            service.terminate()
            service.wait()
