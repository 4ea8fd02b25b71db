"""Run one task without the app: what happens goes to standard error, the run folder and the diff to standard output."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path

from nano_agent.limit_words import limit_of, samples_wanted
from nano_agent.spec import AUTO, DEFAULT_MODEL, RunSpec
from nano_tui.commands.recipe import add_scaffold, config_pieces, scaffold_name
from nano_tui.commands.starting import refused, start

LIMITS = {
    "tool-limit": "tool calls",
    "token-limit": "tokens of the whole history",
    "response-limit": "tokens of one reply",
    "time-limit": "seconds",
    "step-limit": "replies of the model",
    "cost-limit": "US dollars",
}
SAMPLING = ("temperature", "top-p", "min-p", "top-k")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("task", nargs="?", metavar="TASK", help="what is to be done; - reads it from standard input")
    parser.add_argument("--task-file", type=Path, metavar="FILE", help="read the task from a file")
    parser.add_argument("--repo", default=".", metavar="DIR", help="the repository to work on (default: here)")
    _add_model(parser)
    add_scaffold(parser)
    parser.add_argument(
        "--approval",
        choices=("auto", "ask", "never", "human"),
        help="calls that can do harm: run at once, ask first, refuse, or type every action yourself (default: the "
        "scaffold's)",
    )
    _add_sandbox(parser.add_argument_group("where commands run (nano-tui sandboxes lists what works here)"))
    _add_places(parser)
    parser.add_argument("--dry-run", action="store_true", help="say what would be run and sent, and run nothing")
    parser.add_argument("--detach", action="store_true", help="start it in the background and print its folder")
    limits = parser.add_argument_group("limits (default: the scaffold's; 8k tokens, 10m, $1.50 are understood)")
    for name, unit in LIMITS.items():
        limits.add_argument(f"--{name}", type=partial(_limit, name.replace("-", "_")), metavar="N", help=unit)
    sampling = parser.add_argument_group("sampling (default: the provider's)")
    for name in SAMPLING:
        sampling.add_argument(f"--{name}", type=int if name == "top-k" else float, metavar="N")


def _add_model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model",
        default=AUTO,
        metavar="M",
        help="as litellm spells it, or replay/<saved run>[?speed=N], local/smollm2, local/<file>.gguf (default: "
        f"$NANO_MODEL, else {DEFAULT_MODEL}; for nano-code what .env says)",
    )
    parser.add_argument("--api-base", metavar="URL", help="the endpoint, for servers of your own")
    parser.add_argument(
        "--client",
        choices=("auto", "http", "litellm"),
        default="auto",
        help="what calls the model: http, a thin client for OpenAI-compatible endpoints that starts at once, or "
        "litellm; auto takes http for endpoints of your own and OpenRouter (default: %(default)s)",
    )
    parser.add_argument("--thinking", action=argparse.BooleanOptionalAction, help="switch the model's reasoning")
    parser.add_argument(
        "--prices",
        metavar="IN,OUT[,CACHED]",
        type=_prices,
        help="dollars per million tokens, for a model that no table knows",
    )


def _add_sandbox(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--sandbox", metavar="NAME", help="default: bubblewrap where it works, else the scaffold's own")
    group.add_argument("--network", action="store_true", help="let commands in a sandbox reach the network")
    group.add_argument("--image", metavar="IMAGE", help="the image for podman, docker or apptainer")
    group.add_argument(
        "--visible", metavar="DIR", action="append", default=[], help="a folder they may read beside the repository"
    )


def _add_places(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--allow-dirty", action="store_true", help="take uncommitted changes as the base of the diff")
    parser.add_argument("--runs-dir", metavar="DIR", help="where the run folder is made")
    parser.add_argument(
        "-k", type=_count, default=1, metavar="K", help="so many runs of the task, each in a work tree of its own"
    )
    parser.add_argument(
        "--worktree", action="store_true", help="work in a fresh work tree of the run's own, beside the repository"
    )
    parser.add_argument(
        "--keep-worktrees", action="store_true", help="leave such work trees when their runs have ended"
    )
    parser.add_argument(
        "--also",
        action="append",
        choices=("mini",),
        default=[],
        help="write the run in this format too, into its folder; mini: mini-swe-agent's .traj.json",
    )


def run(args: argparse.Namespace) -> int:
    """Run it; 0 done, 1 not begun or ended otherwise, 2 no task, 130 interrupted."""
    try:
        task = _task(args)
    except OSError as error:
        return refused("run", f"{args.task_file}: {error.strerror}")
    if task is None:
        print("nano-tui run: say what is to be done: TASK, --task-file FILE, or - for standard input", file=sys.stderr)
        return 2
    spec = _spec(args, task)
    if args.dry_run:
        from nano_tui.commands.dry_run import dry_run

        return dry_run(spec)
    if args.k > 1:
        from nano_tui.several import run_several

        return run_several(spec, args.k, detach=args.detach)
    return start("run", spec, detach=args.detach)


def _task(args: argparse.Namespace) -> str | None:
    if args.task_file is not None:
        return str(args.task_file.read_bytes().decode("utf-8", "replace"))
    if args.task == "-":
        return sys.stdin.buffer.read().decode("utf-8", "replace")
    return str(args.task) if args.task else None


def _spec(args: argparse.Namespace, task: str) -> RunSpec:
    options = {name: getattr(args, name.replace("-", "_")) for name in (*LIMITS, *SAMPLING)}
    options = {name.replace("-", "_"): value for name, value in options.items() if value is not None}
    sampling = {name.replace("-", "_") for name in SAMPLING}

    return RunSpec(
        task=task,
        repo_root=str(Path(args.repo).absolute()),
        model=args.model,
        scaffold=scaffold_name(args.scaffold),
        config=config_pieces(args.config),
        also=tuple(args.also),
        api_base=args.api_base,
        sandbox=args.sandbox,
        approval=args.approval,
        network=args.network,
        image=args.image,
        visible=[str(Path(folder).absolute()) for folder in args.visible],
        thinking=args.thinking,
        limits={name: number for name, number in options.items() if name not in sampling},
        sampling={name: number for name, number in options.items() if name in sampling},
        prices=args.prices,
        client=args.client,
        runs_dir=str(Path(args.runs_dir).absolute()) if args.runs_dir else None,
        allow_dirty=args.allow_dirty,
        worktree=args.worktree,
        keep_worktree=args.keep_worktrees,
    )


def _limit(name: str, text: str) -> float:
    try:
        # What is less than nothing is refused with all else that a run cannot have.
        value = float(text) if text.startswith("-") else limit_of(name, text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    if value is None:
        raise argparse.ArgumentTypeError(f"{text!r}: leave it out, or take it away: -c limits.{name}=null")
    return value


def _count(text: str) -> int:
    try:
        return samples_wanted(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _prices(text: str) -> dict[str, float]:
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        values = []
    if len(values) not in (2, 3) or min(values) < 0:
        raise argparse.ArgumentTypeError(f"{text!r}: give two or three numbers, like 0.4,1.6 or 0.4,1.6,0.1")
    return dict(zip(("prompt", "completion", "cached"), values, strict=False))
