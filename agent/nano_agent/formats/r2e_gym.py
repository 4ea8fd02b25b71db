"""Trajectories of R2E-Gym: steps of a thought, an action and an observation, without the prompts."""

from __future__ import annotations

from typing import Any

from nano_agent.formats import values

Record = dict[str, Any]

_STEPS = "trajectory_steps"
_SAID = ("thought", "action", "observation")


def is_run(record: Record) -> bool:
    """Whether this is a run of R2E-Gym with steps in it."""
    steps = values.items(record.get(_STEPS))[:5]
    return bool(steps) and all(isinstance(step, dict) and all(key in step for key in _SAID) for step in steps)


def turns_of(record: Record) -> list[Any]:
    """Each step as a reply and what it was answered, the step's own record kept in the reply."""
    turns: list[Any] = []
    for step in values.items(record.get(_STEPS)):
        if isinstance(step, dict):
            said = (values.text(step.get("thought")), values.text(step.get("action")))
            tokens = {
                "prompt_tokens": step.get("token_usage_prompt"),
                "completion_tokens": step.get("token_usage_completion"),
            }
            reply = {"role": "assistant", "content": "\n\n".join(filter(None, said)), "usage": tokens}
            turns += [{**reply, "step": step}, {"role": "observation", "content": step["observation"]}]
    return turns


def columns_of(record: Record) -> Record:
    """What the run says of itself, under the names that columns have elsewhere."""
    agent, data = values.record(record.get("agent_args")), values.record(record.get("ds"))
    return {
        "model": agent.get("llm_name"),
        "exit_status": record.get("exit_reason"),
        "model_patch": record.get("output_patch"),
        "instance_id": data.get("instance_id") or record.get("docker_image"),
        "repo": data.get("repo") or data.get("repo_name"),
    }
