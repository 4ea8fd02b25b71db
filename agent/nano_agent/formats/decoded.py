"""Rollouts that were saved as decoded tokens: the turns are found again by the chat template's marks between them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from nano_agent.formats import chat
from nano_agent.formats.text_calls import calls_in
from nano_agent.formats.turns import ALIASES
from nano_agent.trajectory import Message

# ChatML (Qwen, and most others), Llama 3, Gemma, Phi, Harmony (gpt-oss) without its channels.
_MARK = re.compile(
    r"<\|im_start\|>(?P<chatml>\w+)\n?"
    r"|<\|start_header_id\|>(?P<llama>\w+)<\|end_header_id\|>\n{0,2}"
    r"|<start_of_turn>(?P<gemma>\w+)\n?"
    r"|<\|(?P<phi>system|user|assistant|tool)\|>\n?"
)
_ENDS = re.compile(
    r"(?:<\|(?:im_end|eot_id|end|endoftext|begin_of_text|eom_id)\|>|<end_of_turn>|<eos>|<bos>|</s>|<s>)\s*"
)
# What is left of ChatML when special tokens were skipped: the role alone on a line. Only trusted at a text's start.
_BARE = re.compile(r"(?:^|\n)(?P<role>system|user|assistant|tool)\n")
_THOUGHT = re.compile(r"^\s*<think>\n?(?P<thought>.*?)\n?</think>\s*", re.DOTALL)


def turns_of(prompt: str, completion: str) -> list[Message]:
    """The messages of a prompt and what the model went on with; one of each when no template is recognised."""
    for marks in (_marked, _bare):
        # The prompt ends in the head of the reply that the completion goes on with.
        if (turns := list(marks(prompt))) and turns[-1][0] == "assistant" and not turns[-1][1].strip():
            return [_message(role, text) for role, text in marks(prompt + completion) if text.strip()]
    later = list(_marked("<|im_start|>assistant\n" + completion)) if _MARK.search(completion) else []
    said = [(role, text) for role, text in later if text.strip()] or [("assistant", completion)]
    return [_message("user", prompt), *(_message(role, text) for role, text in said)]


def _marked(text: str) -> Iterator[tuple[str, str]]:
    """Role and text of each turn between marks; nothing when the text starts with anything else."""
    marks = list(_MARK.finditer(text))
    if not marks or _ENDS.sub("", text[: marks[0].start()]).strip():
        return
    for mark, end in zip(marks, [*(mark.start() for mark in marks[1:]), len(text)], strict=True):
        role = next(group for group in mark.groups() if group)
        yield ALIASES.get(role, role), _ENDS.sub("", text[mark.end() : end])


def _bare(text: str) -> Iterator[tuple[str, str]]:
    """The same with roles alone on a line for marks, which a message may hold by chance: all must alternate."""
    first = _BARE.match(text)
    if first is None or first["role"] not in ("system", "user"):
        return
    marks = list(_BARE.finditer(text))
    if any(a["role"] == b["role"] for a, b in pairwise(marks)):
        return
    for mark, end in zip(marks, [*(mark.start() for mark in marks[1:]), len(text)], strict=True):
        yield mark["role"], text[mark.end() : end]


def _message(role: str, text: str) -> Message:
    """A turn; calls in tags are actions of its text, and a user's tool response is an observation."""
    known = chat.ROLES.get(role, "other")
    if known != "assistant":
        answers = known == "user" and text.lstrip().startswith("<tool_response>")
        return Message(known, text, answers=answers, raw={"role": role, "content": text})
    thought = _THOUGHT.match(text)
    shown = text[thought.end() :] if thought else text
    reasoning = thought["thought"] if thought else ""
    return Message(known, shown, reasoning, calls_in(shown), raw={"role": role, "content": text})
