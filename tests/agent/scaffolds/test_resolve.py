"""Scaffolds of one's own, and settings laid over them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nano_agent.scaffolds import Scaffold, load_scaffold, scaffold_names
from nano_agent.scaffolds.resolve import as_yaml, config_origins
from support.engine import Bench, metadata
from support.recordings import shell

MINE = """\
extends: nano
description: Only looks.
tools:
  - kind: shell
    description: Look.
    parameter: cmd
limits:
  tool_limit: 3
done: answer
"""


def mine(folder: Path, text: str = MINE, name: str = "mine.yaml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_a_scaffold_in_one_file_runs_by_its_path(bench: Bench) -> None:
    path = mine(bench.place)
    agent = bench.run([shell("ls"), "That is all."], scaffold=str(path))
    assert agent.exit_status == "done"
    assert [tool["function"]["name"] for tool in agent.tools] == ["shell"]
    assert agent.out_dir is not None
    scaffold = metadata(agent.out_dir)["scaffold"]
    assert (scaffold["name"], scaffold["limits"]["tool_limit"]) == ("mine", 3)


def test_what_it_does_not_say_is_what_it_extends(tmp_path: Path) -> None:
    scaffold, nano = load_scaffold(str(mine(tmp_path))), load_scaffold("nano")
    assert scaffold.name == "mine"
    assert (scaffold.system, scaffold.wording) == (nano.system, nano.wording)
    assert scaffold.limits == nano.limits.model_copy(update={"tool_limit": 3})


def test_files_extend_files_beside_them_but_not_themselves(tmp_path: Path) -> None:
    mine(tmp_path)
    other = mine(tmp_path, "extends: ./mine.yaml\nsandbox: local\n", "other.yml")
    assert load_scaffold(str(other)).limits.tool_limit == 3
    circle = mine(tmp_path, "extends: ./circle.yaml\n", "circle.yaml")
    with pytest.raises(ValueError, match="cannot extend itself"):
        load_scaffold(str(circle))


def test_settings_are_merged_from_left_to_right(tmp_path: Path) -> None:
    file = mine(tmp_path, "limits: {cost_limit: 1, tool_limit: 7}\ndone: answer\n", "over.yaml")
    scaffold = load_scaffold("nano", [str(file), "limits.cost_limit=2", "observation={limit: 99}", "system=Hi."])
    assert (scaffold.limits.cost_limit, scaffold.limits.tool_limit, scaffold.limits.token_limit) == (2, 7, 8192)
    assert (scaffold.observation.limit, scaffold.system, scaffold.done.kind) == (99, "Hi.", "answer")
    assert load_scaffold("nano", ["limits.cost_limit=2", str(file)]).limits.cost_limit == 1
    origins = config_origins([str(file), "limits.cost_limit=2"])
    assert origins == {
        "limits.cost_limit": "limits.cost_limit=2",
        "limits.tool_limit": f"{file}, line 1",
        "done": f"{file}, line 2",
    }


def test_another_kind_of_strategy_does_not_keep_the_settings_of_the_first() -> None:
    scaffold = load_scaffold("mini-swe-agent", ["protocol={kind: tool_calls, required: false}", "done=changed"])
    assert scaffold.protocol.errors_in_a_row == 3
    assert scaffold.done.word == ""


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("limits:\n  tool_limt: 3\n", "line 2: there is no setting limits.tool_limt; did you mean limits.tool_limit?"),
        ("sytem: x\n", "line 1: there is no setting sytem; did you mean system?"),
        ("limits:\n  tool_limit: many\n", "line 2: limits.tool_limit: input should be a valid integer"),
        ("limits:\n  tool_limit: 0\n", "line 2: limits.tool_limit: input should be greater than or equal to 1, not 0"),
        ("done: chnged\n", "line 1: done.kind: input should be 'changed', 'patched'"),
        ("done: promise\n", "done: promise needs a word"),
        ("protocol: fenced\n", "the protocol fenced takes exactly one tool"),
        ("tools:\n  - kind: shel\n", "line 1: unknown kind of tool 'shel', did you mean shell?"),
        (
            "tools:\n  - {kind: shell, description: x, paramter: y}\n",
            "has no setting 'paramter', did you mean parameter?",
        ),
        ("tools:\n  - {kind: shell}\n", "the tool shell needs description"),
        ("tools: [nothing]\n", "tools"),
        ("- a\n- b\n", "settings are expected"),
        ("limits: [\n", "expected"),
        ("a: b: c\n", "line 1"),
        ("observation:\n  template: '{{ x'\n", "a template cannot be read"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, text: str, sentence: str) -> None:
    path = mine(tmp_path, text if text.startswith("-") else f"{text}extends: nano\n")
    with pytest.raises(ValueError, match=r"mine\.yaml") as caught:
        load_scaffold(str(path))
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("name", "config", "sentence"),
    [
        ("nanno", [], "unknown scaffold 'nanno' (did you mean nano?)"),
        ("none.yaml", [], "none.yaml: No such file"),
        ("nano", ["limits.cost=1"], "limits.cost=1: there is no setting limits.cost; did you mean limits.cost_limit?"),
        ("nano", ["=1"], "a setting is expected"),
        ("nano", ["limits.cost_limit=["], "is not YAML"),
        ("nano", ["absent.yaml"], "absent.yaml: No such file"),
    ],
)
def test_names_and_assignments_that_are_wrong(name: str, config: list[str], sentence: str) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)):
        load_scaffold(name, config)


@pytest.mark.parametrize("name", scaffold_names())
def test_a_scaffold_survives_being_shown(name: str, tmp_path: Path) -> None:
    path = mine(tmp_path, as_yaml(load_scaffold(name)))
    assert load_scaffold(str(path)) == load_scaffold(name)
    assert Scaffold.model_validate(load_scaffold(name).model_dump()) == load_scaffold(name)
