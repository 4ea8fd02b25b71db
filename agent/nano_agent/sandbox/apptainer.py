"""Commands in apptainer (or singularity, its older name): an image for each command, the repository mounted."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from nano_agent.sandbox.base import NO_OPTIONS, RunPlace, SandboxOptions
from nano_agent.sandbox.guardian import Guardian
from nano_agent.sandbox.inner import LIMITS, Limits
from nano_agent.sandbox.mounts import Mount, private_mounts, repository_mounts, visible_mounts
from nano_agent.sandbox.own_git import OwnGit
from nano_agent.sandbox.private import HOME, PrivateSandbox, environment_in_image
from nano_agent.sandbox.scratch import Scratch


class ApptainerSandbox(PrivateSandbox):
    """Each command in an `apptainer exec` of its own, which needs no service and no right that a user lacks."""

    name = "apptainer"
    summary = "apptainer or singularity with an --image: its own system, the repository writable, no network"

    def __init__(self, root: Path, options: SandboxOptions = NO_OPTIONS, limits: Limits = LIMITS) -> None:
        super().__init__(root, options, limits)
        self._program = shutil.which("apptainer") or shutil.which("singularity")
        self.guardian: Guardian = Guardian()
        self._prefix: list[str] = []

    def check(self) -> str | None:
        """Whether it is installed, and an image is named that can be found."""
        if self._program is None:
            return "neither apptainer nor singularity is installed"
        image = self.options.image
        if not image:
            return "apptainer needs an image; name a .sif file, a folder or a docker:// address with --image"
        if "://" not in image and not Path(image).expanduser().exists():
            return f"there is no image at {image}"
        return None

    def make(self, place: RunPlace, scratch: Scratch, git: OwnGit) -> None:
        """Put the command line together."""
        nothing = scratch.folder / "nothing"
        nothing.mkdir()
        mounts = [*private_mounts(scratch, HOME), *repository_mounts(place.repository, place.folder, git)]
        mounts += visible_mounts(self.options.visible)
        network = [] if self.options.network else ["--net", "--network", "none"]
        told = {**environment_in_image(self.options.environment), **self.guardian.environment}
        self._prefix = [
            *(str(self._program), "--silent", "exec", "--containall", "--cleanenv", "--no-privs", "--writable-tmpfs"),
            *("--home", f"{scratch.home}:{HOME}", "--pwd", str(self.root), *network),
            *(word for mount in mounts if mount.target != HOME for word in ("--mount", _bind(mount, nothing))),
            *(word for name, value in told.items() for word in ("--env", f"{name}={value}")),
            str(self.options.image),
        ]

    def around(self, inner: Sequence[str]) -> list[str]:
        """See `PrivateSandbox.around`."""
        return [*self._prefix, *inner]

    def end(self) -> None:
        """End what is left of the commands."""
        self.guardian.close()


def _bind(mount: Mount, nothing: Path) -> str:
    """As `--mount` takes it; there is no empty folder in memory, so an empty one of ours takes its place."""
    parts = ["type=bind", f"source={mount.source or nothing}", f"destination={mount.target}"]
    parts += [] if mount.writable and mount.source is not None else ["ro"]
    return ",".join(f'"{part}"' if "," in part else part for part in parts)
