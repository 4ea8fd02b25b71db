"""What a person asks for when they start a run, before anything is resolved; a value that survives JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal

AUTO = "auto"
"""A model's name that means: what the environment or a `.env` file names, else the default."""
DEFAULT_MODEL = "openai/gpt-4.1-mini"


@dataclass(frozen=True)
class RunSpec:
    """One run to be made. Never holds a secret: keys are in the environment."""

    task: str
    repo_root: str
    model: str
    """As litellm spells it, `replay/<saved run>`, or `auto` for what the environment or a `.env` file names."""
    scaffold: str = "nano"
    """A scaffold's name, or the path of a file."""
    config: Sequence[str] = ()
    """What is laid over the scaffold, from left to right: YAML files, or assignments like `limits.cost_limit=1`."""
    api_base: str | None = None
    sandbox: str | None = None
    """`None` or `auto`: the best that works here, the scaffold's own where none does."""
    network: bool = False
    """Commands in a sandbox may reach the network."""
    image: str | None = None
    """The image of a container, for the sandboxes that are one."""
    visible: Sequence[str] = ()
    """Further folders that commands in a sandbox may read."""
    thinking: bool | None = None
    limits: Mapping[str, float | None] = field(default_factory=dict)
    """`tool_limit`, `token_limit`, `time_limit`, `response_limit`, `step_limit`, `cost_limit`; those that are not
    named are the scaffold's; `None` is no limit."""
    sampling: Mapping[str, float | None] = field(default_factory=dict)
    """`temperature`, `top_p`, `min_p`, `top_k`; those that are not named are the provider's."""
    prices: Mapping[str, float] | None = None
    """Dollars per million tokens (`prompt`, `completion`, `cached`) for a model that no table knows."""
    client: Literal["auto", "http", "litellm"] = "auto"
    """What calls the model: `http`, a thin client for OpenAI-compatible endpoints, or litellm; `auto` takes the thin
    one for an endpoint of one's own and for OpenRouter, and litellm for every other provider."""
    approval: Literal["auto", "ask", "never", "human"] | None = None
    """Which calls a person must agree to: none; those that can do harm; those are refused; or the person types all
    actions. `None`: the scaffold's own. Where a person is asked, a run that reaches a limit waits for a higher one."""
    runs_dir: str | None = None
    also: Sequence[Literal["mini"]] = ()
    """Formats that the run is written in too when it ends, into its folder: `mini`."""
    allow_dirty: bool = False
    instance_id: str | None = None
    group_id: str | None = None
    sample: int | None = None
    worktree: bool = False
    """Work in a fresh work tree of the run's own; the repository itself is not touched."""
    keep_worktree: bool = False
    """Leave that work tree where it is when the run has ended."""
    recipe: Mapping[str, Any] | None = None
    """A scaffold as a run's metadata has it, whole; in the place of the one called `scaffold`."""
    fork_of: Mapping[str, Any] | None = None
    """Begin with another run's history: `run` (its path) and `step`; `last`, the text that its last message is to have;
    for a trajectory that is not ours also `sample`, `commit` and `rerun_commands`."""
    resume: str | None = None
    """Go on with the run in this folder, in its place."""
    resume_with: Literal["same", "restored", "found"] = "same"
    """What a resumed run works on: the work tree, which must be as it was left; the last checkpoint, in a work tree of
    its own; or the work tree as it is found."""
    origins: Mapping[str, str] = field(default_factory=dict)
    """Where the model, its endpoint and its key came from; filled in when they are looked for."""
    new_task: bool = False
    """What is said to a run that is resumed is a new task in the same history: its limits of calls, replies and time
    begin anew, and those of tokens and dollars go on."""
    say: str | None = None
    """A message to the model at the beginning of a fork, or when a run is resumed."""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {key: dict(value) if isinstance(value, Mapping) else value for key, value in asdict(self).items()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> RunSpec:
        """From JSON; keys that are not known here are left out."""
        known = {f.name for f in fields(cls)}
        return cls(**{key: value for key, value in values.items() if key in known})
