"""Items of OpenAI's Responses API as Codex records them, and what they tell of a command's end."""

from __future__ import annotations

import re
from typing import Any

from nano_agent.formats import values
from nano_agent.formats.draft import Draft
from nano_agent.formats.quickly import usage_quickly
from nano_agent.formats.source import parse
from nano_agent.trajectory import ToolCall, Usage

Item = dict[str, Any]

CALLS = ("function_call", "custom_tool_call", "local_shell_call")
"""Calls that the model asks the program for; they count."""
PROVIDER_CALLS = ("web_search_call", "tool_search_call", "image_generation_call", "code_interpreter_call")
"""Calls that the provider runs by itself."""
OUTPUTS = ("function_call_output", "custom_tool_call_output", "local_shell_call_output", "tool_search_output")

QUIET_EVENTS = frozenset(
    """agent_message_content_delta agent_message_delta agent_reasoning_delta agent_reasoning_raw_content_delta
    agent_reasoning_section_break apply_patch_approval_request background_event collab_agent_interaction_begin
    collab_agent_interaction_end collab_agent_spawn_begin collab_agent_spawn_end collab_close_begin collab_close_end
    collab_resume_begin collab_resume_end collab_waiting_begin collab_waiting_end context_compacted
    dynamic_tool_call_request dynamic_tool_call_response elicitation_request entered_review_mode
    exec_approval_request exec_command_begin exec_command_output_delta exited_review_mode
    get_history_entry_response guardian_assessment hook_completed hook_started image_generation_begin
    image_generation_end item_started list_custom_prompts_response list_skills_response mcp_list_tools_response
    mcp_startup_complete mcp_startup_update mcp_tool_call_begin model_reroute model_verification patch_apply_begin
    patch_apply_updated plan_delta plan_update raw_response_item reasoning_content_delta reasoning_raw_content_delta
    request_permissions request_user_input session_configured shutdown_complete skills_update_available
    sub_agent_activity task_complete terminal_interaction thread_goal_updated thread_name_updated
    thread_settings_applied turn_complete turn_diff undo_completed undo_started user_input view_image_tool_call
    web_search_begin web_search_end""".split()  # noqa: SIM905 - a list of words reads better so
)
"""Events of the program's own screen, and such as repeat an item."""

# What Codex puts before a person's words, as the user, to tell the model where it is.
_CONTEXT = re.compile(
    r"\s*(<(environment_context|user_instructions|user_shell_command|turn_aborted|permissions|skill|collaboration_mode"
    r"|personality_spec|subagent_notification|model_switch|recommended_plugins|goal_context|codex_internal_context"
    r"|hook_prompt|external_[\w-]+)\b|# AGENTS\.md instructions\b|# Context from my IDE)"
)
_UNKNOWN_KINDS = ("", "unknown")
_EXIT_CODE = re.compile(r"^(?:Exit code: |Process exited with code )(-?\d{1,9})$", re.MULTILINE)
_WALL_TIME = re.compile(r"^Wall time: (\d+(?:\.\d+)?) seconds$", re.MULTILINE)
_AGENT = re.compile(r'"(?:agent_id|new_thread_id)"\s*:\s*"([0-9a-zA-Z-]{8,64})"')
_PREAMBLE = 400


def is_context(item: Item, text: str) -> bool:
    """Whether a user message is Codex telling of the environment, and nobody's words.

    Newer versions note what each part of a message is; a person's are called `user.` something.
    """
    noted = values.record(item.get("internal_chat_message_metadata_passthrough")).get("content_item_kinds")
    kinds = [kind for kind in values.items(noted) if isinstance(kind, str)]
    if kinds:
        return not any(kind.startswith("user.") or kind in _UNKNOWN_KINDS for kind in kinds)
    return _CONTEXT.match(text) is not None


def call_of(item: Item) -> ToolCall:
    """The call in an item of any of the call types."""
    kind = values.text(item.get("type"))
    arguments = next((item[key] for key in ("arguments", "input", "action") if item.get(key) is not None), None)
    name = name_of(kind, item.get("name"), item.get("namespace"))
    return values.tool_call(item.get("call_id") or item.get("id"), name, arguments)


def name_of(kind: str, name: Any, namespace: Any) -> str:
    """The tool's name, with that of its server before it; some types of calls have none but their own."""
    known, space = values.word(name) or kind.removesuffix("_call"), values.text(namespace)
    return f"{space}.{known}" if space not in ("", "functions") else known


def reasoning_of(item: Item) -> str:
    """The reasoning in the open: the text itself where there is any, else its summary."""
    parts = values.items(item.get("content")) or values.items(item.get("summary"))
    return "\n".join(filter(None, map(values.joined_text, parts)))


def said_in(item: Item) -> tuple[str, str]:
    """The text of a message item, and the reasoning that some versions put among its parts."""
    content = item.get("content")
    if not isinstance(content, list):
        return values.joined_text(content), ""
    thoughts = [p for p in content if isinstance(p, dict) and p.get("type") in ("reasoning", "thinking")]
    return values.joined_text([p for p in content if p not in thoughts]), values.joined_text(thoughts)


def observation_of(item: Item) -> Draft:
    """The observation in an item of any of the output types."""
    output = item.get("output", item.get("tools"))
    inner = values.record(output)
    content = inner.get("content_items") or inner.get("content") or output
    text = values.joined_text(content) or ("" if isinstance(content, str) else values.json_text(content))
    success = inner.get("success")
    draft = Draft("tool", [text], call_id=values.word(item.get("call_id")))
    draft.failed = not success if isinstance(success, bool) else None
    _read_facts(draft, text)
    return draft


def add_facts(draft: Draft, event: Item) -> None:
    """Add to an observation what the event at a command's or a patch's end says of it."""
    exit_code, duration = values.integer(event.get("exit_code")), event.get("duration")
    seconds = values.number(values.record(duration).get("secs"))
    if exit_code is not None:
        draft.exit_code = exit_code
    if seconds is not None:
        draft.seconds = seconds + (values.number(values.record(duration).get("nanos")) or 0.0) / 1e9
    if isinstance(success := event.get("success"), bool):
        draft.failed = not success
    elif event.get("status") in ("failed", "declined"):
        draft.failed = True
    draft.output = values.word(event.get("aggregated_output")) or draft.output


def spawned_in(text: str) -> list[str]:
    """The threads of the agents that an observation says were started."""
    return _AGENT.findall(text[:_PREAMBLE]) if text.startswith("{") else []


def usage_of(tokens: Any) -> Usage | None:
    """The counts of a `token_count` event; input includes what was cached, output what was reasoned."""
    tokens = values.record(tokens)
    prompt, completion = values.amount(tokens.get("input_tokens")), values.amount(tokens.get("output_tokens"))
    if prompt is None and completion is None:
        return None
    cached, reasoned = tokens.get("cached_input_tokens"), tokens.get("reasoning_output_tokens")
    return usage_quickly(prompt, completion, values.amount(cached), values.amount(reasoned))


def _read_facts(draft: Draft, text: str) -> None:
    """The exit code and wall time that an output begins with; older versions wrap it all in a JSON object."""
    if text.startswith("{"):
        wrapped = values.record(parse(text.encode("utf-8", "replace")))
        facts = values.record(wrapped.get("metadata"))
        draft.exit_code = values.integer(facts.get("exit_code"))
        draft.seconds = values.number(facts.get("duration_seconds"))
        draft.output = wrapped["output"] if facts and isinstance(wrapped.get("output"), str) else None
        return
    preamble = text[:_PREAMBLE].split("\nOutput:")[0]
    if exit_code := _EXIT_CODE.search(preamble):
        draft.exit_code = int(exit_code[1])
    if wall_time := _WALL_TIME.search(preamble):
        draft.seconds = float(wall_time[1])
