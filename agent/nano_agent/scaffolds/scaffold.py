"""What a scaffold file may say, checked when it is read."""

from __future__ import annotations

import re
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator


class Strict(BaseModel):
    """Unknown keys are errors, and what was read does not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Choice(Strict):
    """A strategy and its settings; its name alone means the settings it comes with."""

    kind: str

    @model_validator(mode="before")
    @classmethod
    def _name_alone(cls, value: object) -> object:
        return {"kind": value} if isinstance(value, str) else value


class Limits(Strict):
    """When a run must end; `None` is no limit. In a session of several tasks, calls, replies and time are a task's."""

    tool_limit: int | None = Field(None, ge=1, description="tool calls, failed and invalid ones included")
    token_limit: int | None = Field(None, ge=600, description="tokens of the whole history")
    response_limit: int = Field(4096, ge=1, description="tokens of one reply")
    time_limit: float | None = Field(None, gt=0, description="seconds of wall time")
    step_limit: int | None = Field(None, ge=1, description="replies of the model")
    cost_limit: float | None = Field(None, gt=0, description="US dollars")


class Protocol(Choice):
    """How a reply becomes actions."""

    kind: Literal["tool_calls", "fenced", "tags"] = "tool_calls"
    required: bool = Field(False, description="tool_calls: whether a reply without a call is a format error")
    language: str = Field("bash", description="fenced: the language of the block")
    rejection: str = Field(
        "[The form of the reply is wrong: {problem}{found}]",
        description="what the model is told of a format error; {problem} or {found} says what is wrong",
    )
    errors_in_a_row: int | None = Field(None, ge=1, description="format errors one after the other that end the run")
    attempts_per_call: int | None = Field(
        None, ge=1, description="replies, malformed ones included, for each call of the tool limit"
    )


class Done(Choice):
    """When the model is done."""

    kind: Literal["changed", "patched", "promise", "answer", "sentinel"] = Field(
        "changed",
        description="changed: a reply without calls and the work tree changed; patched: the first applied patch or a "
        "plain reply; promise: a reply that begins with the word; answer: any reply without actions; sentinel: a "
        "successful command whose first line of output is the word",
    )
    word: str = Field("", description="promise, sentinel: the word")
    rounds: int = Field(25, ge=1, description="promise: how often the goal is stated in all")
    delay: float = Field(5, ge=0, description="promise: seconds to wait after an error of the provider")


class Observation(Strict):
    """How much of an output the model is shown, and in which form."""

    limit: int = Field(2000, ge=80, description="characters")
    cut: Literal["head", "head_tail"] = Field("head", description="which part of a long output is shown")
    template: str | None = Field(
        None,
        description="for commands, a Jinja template with output, head, tail, elided, returncode, exception_info (how "
        "it was killed), note (that, and what else is to be said); none: the output, and in [brackets] how it ended",
    )


class Sent(Choice):
    """What of the history is sent with a request."""

    kind: Literal["verbatim", "working"] = Field(
        "verbatim",
        description="verbatim: all of it; working: one prompt with the newest of it, older results clipped, repeated "
        "reads left out, and a small memory (the history on disk is always whole)",
    )
    limit: int = Field(12000, ge=500, description="working: characters of the transcript; the newest stays")
    recent: int = Field(6, ge=1, description="working: so many entries at the end are shown at the full length")
    recent_limit: int = Field(900, ge=80, description="working: characters of each of those")
    old_call_limit: int = Field(180, ge=20, description="working: characters of an older result")
    old_text_limit: int = Field(220, ge=20, description="working: characters of an older text")


class Approval(Strict):
    """Which calls a person must agree to."""

    mode: Literal["auto", "ask", "never", "human"] = "auto"
    whitelist: list[str] = Field(
        [], description="regular expressions; a command that one matches whole is not asked about"
    )

    @field_validator("whitelist")
    @classmethod
    def _valid(cls, patterns: list[str]) -> list[str]:
        for pattern in patterns:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{pattern!r} is no regular expression: {error}") from error
        return patterns


class Wording(Strict):
    """What the loop says to the model; `{...}` is filled in."""

    nudge: str = "[Nothing has changed yet.]"
    """Also, where the goal is stated again and again, that statement."""
    nudge_cost: str = "[That cost one of your tool calls: {calls} left.]"
    """Added where the number of calls is limited."""
    few_calls: str = ""
    """Before an observation, when few calls are left; nothing when it is empty, like the next two."""
    few_tokens: str = ""
    last_tokens: str = ""
    refused: str = "[{problem}]"
    """An action that was not run: an unknown tool, arguments that do not fit."""
    example: str = "\n[for example: {example}]"
    """Added to `refused` where the tool has an example."""
    delegated: str = "You work for another agent now: look, change nothing, and answer its question."
    """Added to a child's system prompt."""
    repeated: str = "[{name} was just called with the same arguments; try something else]"


class Scaffold(Strict):
    """A recipe: prompts, tools, how a reply becomes actions, when a run is done, and how commands run."""

    name: str
    description: str
    templates: Literal["plain", "jinja"] = Field(
        "plain", description="plain: {task}, {tools}, {context} in the prompts are filled in; jinja: Jinja templates"
    )
    system: str
    task: str = "{task}"
    context: Literal["none", "snapshot"] = Field(
        "none", description="snapshot: what {context} says: where the work is, its branch, status, last commits, docs"
    )
    tools: list[dict[str, Any]]
    protocol: Protocol = Protocol()
    done: Done = Done()
    sent: Sent = Sent()
    refuse_repeats: int = Field(0, ge=0, description="an action equal to each of so many before it is refused")
    environment: Literal["none", "dotenv"] = Field(
        "none", description="dotenv: model, endpoint and key may come from a .env file, as nano-code has it"
    )
    sandbox: str = "local"
    command_timeout: float = Field(120, gt=0, description="seconds for one command")
    observation: Observation = Observation()
    limits: Limits = Limits()
    approval: Approval = Approval()
    wording: Wording = Wording()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        """What no single field can say."""
        if self.protocol.kind == "fenced" and len(self.tools) != 1:
            raise ValueError("the protocol fenced takes exactly one tool")
        if self.done.kind in ("promise", "sentinel") and not self.done.word:
            raise ValueError(f"done: {self.done.kind} needs a word")
        return self
