"""List the scaffolds and what each does, or print one as it is resolved."""

from __future__ import annotations

import argparse
import json
import sys
import textwrap

from nano_tui.commands.recipe import add_config, scaffold_name
from nano_widgets.safe import safe


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--show", metavar="NAME", help="print this one, a name or a file, as a file that could be run")
    add_config(parser)
    parser.add_argument("--json", action="store_true", help="for scripts")


def run(args: argparse.Namespace) -> int:
    """List or show; 0 done, 1 there is no such scaffold or it is wrong."""
    try:
        return _show(args) if args.show else _list(args)
    except ValueError as error:
        print(f"nano-tui scaffolds: {safe(str(error))}", file=sys.stderr)
        return 1


def _show(args: argparse.Namespace) -> int:
    from nano_agent.scaffolds.resolve import as_yaml, config_origins, load_scaffold

    scaffold = load_scaffold(scaffold_name(args.show), args.config)
    origins = config_origins(args.config)
    if args.json:
        print(json.dumps({"scaffold": scaffold.model_dump(), "origins": origins}))
        return 0
    for name, origin in origins.items():
        print(safe(f"# {name}: from {origin}", keep_newlines=False))
    print(safe(as_yaml(scaffold)), end="")
    return 0


def _list(args: argparse.Namespace) -> int:
    from nano_agent.scaffolds import load_scaffold, scaffold_names
    from nano_agent.tools import make_tools

    for name in scaffold_names():
        scaffold = load_scaffold(name, args.config)
        tools = list(make_tools(scaffold.tools))
        if args.json:
            facts = {"protocol": scaffold.protocol.kind, "done": scaffold.done.kind, "sandbox": scaffold.sandbox}
            limits = scaffold.limits.model_dump()
            about = {"name": name, "description": scaffold.description, "tools": tools, **facts, "limits": limits}
            print(json.dumps(about))
            continue
        set_limits = {key: value for key, value in scaffold.limits.model_dump().items() if value}
        shown = ", ".join(f"{key.removesuffix('_limit')} {value:g}" for key, value in set_limits.items())
        print(name)
        for line in (scaffold.description, f"tools: {', '.join(tools)}", f"limits: {shown}"):
            print(textwrap.fill(safe(line), 100, initial_indent="  ", subsequent_indent="    "))
    return 0
