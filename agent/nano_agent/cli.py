"""`nano-agent TASK`: the command line of nano-agent, flag for flag, with the other scaffolds behind `--scaffold`.

For more (streaming, approval, chat, the app) there is `nano-tui`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

INTERRUPTED = 130


def parser() -> argparse.ArgumentParser:
    """The flags; each may be written with dashes as well as with underscores."""
    p = argparse.ArgumentParser(prog="nano-agent", description="Run a minimal coding agent on a repository.")
    p.add_argument("task", help="what is to be done")
    p.add_argument("--path", default=".", type=Path, help="the repository (default: here)")
    p.add_argument("--model", default="openai/gpt-4.1-mini", help="as litellm spells it (default: %(default)s)")
    p.add_argument("--api_base", "--api-base", metavar="URL", help="the endpoint, for servers of your own")
    p.add_argument("--scaffold", default="nano", help="the recipe: a name or a .yaml file (default: %(default)s)")
    p.add_argument("-c", "--config", action="append", default=[], metavar="FILE|KEY=VALUE", help="laid over the recipe")
    for name, kind, text in (
        ("token_limit", int, "tokens of the whole history"),
        ("tool_limit", int, "tool calls"),
        ("response_limit", int, "tokens of one reply"),
        ("step_limit", int, "replies of the model"),
        ("time_limit", float, "seconds"),
        ("cost_limit", float, "US dollars"),
        ("temperature", float, "sampling temperature"),
        ("top_p", float, "nucleus sampling"),
        ("min_p", float, "relative floor of sampling"),
        ("top_k", int, "so many likeliest tokens"),
    ):
        also = ["--max_tool_calls", "--max-tool-calls"] if name == "tool_limit" else []
        p.add_argument(f"--{name}", f"--{name.replace('_', '-')}", *also, dest=name, type=kind, metavar="N", help=text)
    p.add_argument("--thinking", action=argparse.BooleanOptionalAction, help="switch the model's reasoning")
    p.add_argument("--create_tool", "--create-tool", action="store_true", help="accepted: apply_patch creates files")
    p.add_argument("--sandbox", help="where commands run (default: the recipe's)")
    p.add_argument("--verbose", action="store_true", help="print what happens as it happens")
    p.add_argument("--no-log", "--no_log", dest="log", action="store_false", help="keep no run folder")
    p.add_argument("--allow-dirty", action="store_true", help="take uncommitted changes as the base of the diff")
    return p


def main(argv: Sequence[str] | None = None) -> int:
    """Run it; the diff goes to standard output. 0 done, 1 not begun or ended otherwise, 130 interrupted."""
    from nano_agent.agent import Agent, CannotStart
    from nano_agent.harmless import put

    args = vars(parser().parse_args(argv))
    task, path, dirty = args.pop("task"), args.pop("path"), args.pop("allow_dirty")
    del args["create_tool"]
    agent = Agent(**args)
    try:
        diff = agent.run(task, path, allow_dirty=dirty)
    except CannotStart as error:
        put(f"nano-agent: {error}\n", sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    if agent.out_dir is not None:
        put(f"{agent.out_dir}\n", sys.stderr)
    put(diff, sys.stdout)
    return 0 if agent.exit_status == "done" else 1


if __name__ == "__main__":
    sys.exit(main())
