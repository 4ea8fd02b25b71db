"""What a run would be: its settings with where each came from, and what the model would be told. Nothing is run."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from nano_agent.checks import CannotStart
from nano_agent.run import Run
from nano_agent.spec import RunSpec
from nano_widgets.safe import safe


def dry_run(spec: RunSpec) -> int:
    """Print it; 0 when it could start, 1 when not."""
    try:
        run = Run(spec)
    except CannotStart as error:
        print(f"nano-tui run: {safe(str(error), keep_newlines=False)}", file=sys.stderr)
        return 1
    print("\n".join(safe(line) for line in _lines(run)))
    run.sandbox.close()
    return 0


def _lines(run: Run) -> Iterator[str]:
    spec, origins = run.spec, run.spec.origins
    limits = run.limits.model_dump()
    settings = {
        "scaffold": run.scaffold.name,
        "model": spec.model,
        "api_base": spec.api_base or "the provider's own",
        "key": "set" if "key" in origins else "none",
        "sandbox": run.sandbox.name,
        "approval": run.approval,
        "repository": run.repository.root,
        "tools": ", ".join(tool["function"]["name"] for tool in run.tools),
        **{f"limits.{name}": "none" if value is None else f"{value:g}" for name, value in limits.items()},
    }
    width = max(map(len, settings))
    for name, value in settings.items():
        origin = origins.get(name, "scaffold" if name.startswith("limits.") else "")
        yield f"{name:<{width}}  {value}" + (f"  ({origin})" if origin else "")
    for name, origin in origins.items():
        if name not in settings:
            yield f"{name:<{width}}  ({origin})"
    for message in run.opening():
        yield f"\n--- {message['role']}\n{message['content']}"
