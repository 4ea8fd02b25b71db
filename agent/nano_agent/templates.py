"""Jinja templates of scaffolds, in a sandbox: a template can read its variables and nothing else."""

from __future__ import annotations

import platform
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import jinja2


class TemplateProblem(ValueError):
    """A template cannot be read or filled in; the message is a sentence."""


class Template:
    """One template."""

    def __init__(self, text: str) -> None:
        """Raises `TemplateProblem` for text that is no template."""
        import jinja2

        try:
            self._template = _environment().from_string(text)
        except jinja2.TemplateError as error:
            raise TemplateProblem(f"a template cannot be read: {error}") from error

    def render(self, **variables: Any) -> str:
        """The text with its variables filled in; raises `TemplateProblem` for an unknown variable and the like."""
        import jinja2

        try:
            return self._template.render(variables)
        except (jinja2.TemplateError, TypeError, ValueError, ArithmeticError) as error:
            raise TemplateProblem(f"a template cannot be filled in: {error}") from error


def machine() -> dict[str, str]:
    """Facts about this system under the names that `platform.uname` has for them."""
    facts = platform.uname()
    return {"system": facts.system, "release": facts.release, "version": facts.version, "machine": facts.machine}


@lru_cache(1)
def _environment() -> jinja2.Environment:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    return ImmutableSandboxedEnvironment(undefined=StrictUndefined, keep_trailing_newline=True, trim_blocks=True)
