"""The messages a run begins with: the scaffold's prompts, filled in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nano_agent.history import without_surrogates
from nano_agent.protocols import ReplyProtocol
from nano_agent.tools import examples_of
from nano_agent.workspace import Repository

if TYPE_CHECKING:
    from nano_agent.scaffolds import Scaffold


class Prompts:
    """Fills in a scaffold's prompts for one run."""

    def __init__(
        self,
        scaffold: Scaffold,
        repository: Repository,
        protocol: ReplyProtocol,
        schemas: list[dict[str, Any]],
        limits: Mapping[str, Any],
    ) -> None:
        self.scaffold = scaffold
        self._variables: dict[str, Any] = {
            "tools": protocol.describe(schemas, examples_of(scaffold.tools)),
            "context": _context(scaffold, repository),
            "cwd": str(repository.root),
            **limits,
        }

    def opening(self, task: str) -> list[dict[str, Any]]:
        """The system prompt and the first task."""
        return [self._message("system", self.scaffold.system, task), self.task(task)]

    def task(self, task: str) -> dict[str, Any]:
        """The message that gives a task."""
        return self._message("user", self.scaffold.task, task)

    def _message(self, role: str, template: str, task: str) -> dict[str, Any]:
        message: dict[str, Any] = without_surrogates({"role": role, "content": self._filled(template, task)})
        return message

    def _filled(self, template: str, task: str) -> str:
        if self.scaffold.templates == "jinja":
            from nano_agent.templates import Template, machine

            return Template(template).render(**machine(), **self._variables, task=task)
        for name in ("tools", "context"):
            template = template.replace("{" + name + "}", str(self._variables[name]))
        return template.replace("{task}", task)


def _context(scaffold: Scaffold, repository: Repository) -> str:
    if scaffold.context == "none":
        return ""
    from nano_agent.workspace.snapshot import snapshot

    return snapshot(repository)
