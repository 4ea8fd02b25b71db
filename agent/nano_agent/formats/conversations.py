"""Where a record keeps its conversation: under which name, in what request, with which reply, in how many versions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from typing import Any, NamedTuple

from nano_agent.formats import r2e_gym, values
from nano_agent.formats.responses import folded, is_output, is_response
from nano_agent.formats.source import parse
from nano_agent.formats.turns import are_turns, is_reply, is_turn, turns_in

Record = dict[str, Any]

HINTS = tuple(
    f'"{key}"'.encode()
    for key in (
        "messages",
        "role",
        "conversations",
        "from",
        "trajectory",
        "content",
        "contents",
        "chosen",
        "prompt",
        "trajectory_steps",
    )
)
"""One of these stands at the start of every file with a conversation in it."""
KEYS = (
    *("messages", "conversations", "conversation", "trajectory", "traj", "contents", "history", "chat", "chat_history"),
    *("dialogue", "dialog", "message_history", "msgs", "turns", "input_messages", "request_messages"),
    *("full_conversation", "prompt_messages", "chat_messages", "transcript", "trace", "rollout", "log", "steps"),
    *("input", "items"),
)
_ANY_FORM = frozenset(KEYS[:4])
"""Under these the messages may also be one JSON string; under the others that would be somebody's text."""
_EVEN_UNANSWERED = frozenset((*_ANY_FORM, "contents", *(key for key in KEYS if key.endswith("messages"))))
"""Under these a question alone is a conversation that nobody has answered yet; under the others it is one to be asked
(the samples of a benchmark), unless a model is named beside it."""
_SYSTEM = ("system", "system_prompt", "system_instruction", "systemInstruction", "instructions")
_WRAPPERS = (
    "body",
    "request",
    "request_body",
    "responses_create_params",
    "kwargs",
    "inputs",
    "input",
    "conversation",
    "row",
)
_MANY = (
    "simulations",
    "rollouts",
    "trajectories",
    "samples",
    "results",
    "episodes",
    "runs",
    "examples",
    "rows",
    "data",
)
"""Where one document keeps the runs of a benchmark."""
_PAIRS = ("response", "responses", "completion", "completions")
"""What a `prompt` was answered with, once or several times."""
_RESPONSES = ("response", "response_body", "output", "outputs")
_VERSIONS = (("chosen", "rejected"), ("preferred_output", "non_preferred_output"))
_DEEPEST = 3
_NAMES = frozenset(
    chain(
        *(KEYS, _WRAPPERS, _MANY, _PAIRS, _RESPONSES, *_VERSIONS),
        ("choices", "candidates", "role", "object", "trajectory_steps"),
    )
)
"""A record with none of these holds no conversation itself."""
_NUMBER = re.compile(r"\s*(-?[\d.]+(e-?\d+)?)?\s*", re.IGNORECASE | re.ASCII)


class Found(NamedTuple):
    """One conversation of a record."""

    turns: list[Any]
    """Its messages, each in any shape that `turns.message_of` takes."""
    about: Record = {}
    """What else the record says, under the names of columns."""
    response: Record | None = None
    """What the model replied to these messages, where it is kept apart from them."""
    name: str | None = None
    """Which of several versions it is."""


def key_of(value: Any) -> str | None:
    """The key under which a record keeps nothing but its conversation, message by message; `None` for all others."""
    if not isinstance(value, dict) or _before(value, "") or any(name in value for name in (*_RESPONSES, "chosen")):
        return None
    key = next((key for key in KEYS if are_turns(value.get(key))), None)
    return key if key and all(map(is_turn, value[key][:60])) else None


def is_conversation(value: Any) -> bool:
    """Whether a record holds a conversation."""
    if isinstance(value, dict) and any(are_turns(value.get(key)) for key in _ANY_FORM):
        return True  # as nearly all do
    return next(found_in(value), None) is not None


def found_in(value: Any, depth: int = 0) -> Iterator[Found]:
    """The conversations of a record; most have one, pairs of preferences two, results of a benchmark many."""
    if isinstance(value, list):
        if are_turns(value):
            yield Found(folded(value))
    elif isinstance(value, dict):
        named = not _NAMES.isdisjoint(value)
        for look in (_versions, _kept, _wrapped, _answered, _alone, _listed, _by_name) if named else (_by_name,):
            found = list(look(value, depth))
            if found:
                yield from found
                return


def reply_in(response: Any) -> Any:
    """The message in a reply of OpenAI's, Anthropic's or Google's API, or of LangChain; `None` when it has none."""
    if not isinstance(response, dict):
        return None
    if is_response(response) or (response.get("role") == "assistant" and is_turn(response)):
        return response
    choices = values.items(response.get("choices")) or values.items(response.get("candidates"))
    choices = choices or [one for some in values.items(response.get("generations")) for one in values.items(some)]
    first = values.record(choices[0]) if choices else {}
    reply = first.get("message", first.get("content"))
    return reply if is_turn(reply) else None


def _kept(record: Record, depth: int) -> Iterator[Found]:
    """The conversation under one of its usual names."""
    if r2e_gym.is_run(record):
        yield Found(r2e_gym.turns_of(record), {**record, **r2e_gym.columns_of(record)})
        return
    for key in KEYS:
        if (turns := _turns(record, key)) is not None:
            after = _after(record) if key == "input" else []
            response = None if after else _response(record)
            found = Found([*_before(record, key), *folded(turns), *after], record, response)
            # In a request the reply may stand beside what it is wrapped in.
            known = depth > 0 or key in _EVEN_UNANSWERED or response is not None or "model" in record
            if known or any(map(is_reply, found.turns)):
                yield found
                return


def _after(record: Record) -> list[Any]:
    """What came after an input, where it is no reply of an API but its words, or messages."""
    output = record.get("output")
    if isinstance(output, str):
        return [{"role": "assistant", "content": output}]
    return folded(values.items(output)) if are_turns(output) else []


def _turns(record: Record, key: str) -> list[Any] | None:
    value = record.get(key)
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], list):
        value = value[0]  # LangChain asks for several conversations at once
    if key in _ANY_FORM:
        # One message is an object too, but no conversation.
        of_columns = isinstance(value, dict) and isinstance(value.get("role"), list)
        return turns_in(value) if isinstance(value, str | list) or of_columns else None
    return value if are_turns(value) else None


def _before(record: Record, key: str) -> list[Any]:
    """The system prompt where it stands beside the messages."""
    for name in _SYSTEM:
        prompt = record.get(name)
        if isinstance(prompt, dict) and "parts" in prompt:
            return [{"role": "system", "content": prompt["parts"]}]
        if prompt and isinstance(prompt, str | list) and (name != "instructions" or key == "input"):
            return [{"role": "system", "content": prompt}]
    return []


def _response(record: Record) -> Record | None:
    """The reply that is kept beside the messages that were answered by it."""
    for key in _RESPONSES:
        response = _object(record.get(key))
        response = _object(response.get("body")) or response
        if reply_in(response) is not None:
            return response
    return None


def _object(value: Any) -> Record:
    if isinstance(value, str) and value.lstrip()[:1] == "{":
        value = parse(value.encode("utf-8", "replace"))
    return values.record(value)


def _wrapped(record: Record, depth: int) -> Iterator[Found]:
    """The conversation in a request that was logged as a whole, with its reply beside it."""
    for key in _WRAPPERS if depth < _DEEPEST else ():
        wrapped = _object(record.get(key))
        if wrapped and (inner := next(found_in(wrapped, depth + 1), None)) is not None:
            outer = {name: value for name, value in record.items() if name != key}
            after = next(found_in(record.get("outputs"), _DEEPEST), Found([])).turns if key == "inputs" else []
            response = inner.response or (None if after else _response(record))
            found = inner._replace(turns=[*inner.turns, *after], about={**inner.about, **outer}, response=response)
            yield _continued_by(found)
            return


def _continued_by(found: Found) -> Found:
    """The same, where what is called a response are all turns of an agent up to its end (NeMo Gym)."""
    response = values.record(found.response)
    items = values.items(response.get("output"))
    if not is_response(response) or not any(map(is_output, items)):
        return found
    about = {**found.about, "model": response.get("model"), "usage": response.get("usage")}
    return found._replace(turns=[*found.turns, *folded(items)], about=about, response=None)


def _answered(record: Record, depth: int) -> Iterator[Found]:
    """A prompt and each of what it was answered with."""
    prompt = record.get("prompt")
    asked = turns_in(prompt) or []
    if not asked and isinstance(prompt, str) and not _NUMBER.fullmatch(prompt):  # which price lists have
        asked = [{"role": "user", "content": prompt}]
    key = next((key for key in _PAIRS if record.get(key)), None)
    if not asked or key is None:
        return
    answer = record[key]
    answers = [answer] if isinstance(answer, str) or are_turns(answer) else values.items(answer)
    scores = values.items(record.get("rewards", record.get("scores")))
    for number, one in enumerate(answers):
        if (turns := _continued(one, asked)) is not None:
            yield Found(turns, {**record, "reward": scores[number]} if number < len(scores) else record)


def _alone(record: Record, depth: int) -> Iterator[Found]:
    """A reply without what it answered."""
    response = record if reply_in(record) is not None else _response(record)
    if response is not None and (response is not record or "model" in record or "choices" in record):
        yield Found([], record, response)


def _versions(record: Record, depth: int) -> Iterator[Found]:
    """The better and the worse continuation of one prompt."""
    for pair in _VERSIONS:
        asked = turns_in(record.get("prompt")) or next((f.turns for f in found_in(record.get("input"), _DEEPEST)), [])
        if not asked and (text := values.word(record.get("prompt"))):
            asked = [{"role": "user", "content": text}]
        both = [(name, _continued(record.get(name), asked)) for name in pair]
        if all(turns for _, turns in both):
            for name, turns in both:
                yield Found(turns or [], record, name=name.replace("_", " "))
            return


def _continued(value: Any, asked: list[Any]) -> list[Any] | None:
    """A continuation behind its prompt, which some datasets repeat in it."""
    turns = turns_in(value)
    if turns is None:
        return [*asked, {"role": "assistant", "content": value}] if asked and isinstance(value, str) else None
    return turns if turns[: len(asked)] == asked else [*asked, *turns]


def _listed(record: Record, depth: int) -> Iterator[Found]:
    """The runs in the one document that a benchmark keeps them in; what tau2-bench says of all is told of each."""
    key = next((key for key in _MANY if values.items(record.get(key))), None) if depth == 0 else None
    agent = values.record(values.record(record.get("info")).get("agent_info"))
    for run in values.items(record[key]) if key else ():
        for found in found_in(run, _DEEPEST - 1):
            known = {"model": agent.get("llm", record.get("model")), "cost": found.about.get("agent_cost")}
            status = {"exit_status": found.about["termination_reason"]} if "termination_reason" in found.about else {}
            yield found._replace(about={**known, **status, **found.about})


def _by_name(record: Record, depth: int) -> Iterator[Found]:
    """Runs under the names of their tasks."""
    runs = list(record.items()) if depth == 0 else []
    if not runs or not all(next(found_in(run, _DEEPEST), None) for _, run in runs[:5]):
        return
    for name, run in runs:
        for found in found_in(run, _DEEPEST):
            yield found if name in _NAMES else found._replace(about={"instance_id": name, **found.about})
