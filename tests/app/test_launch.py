"""The form: what it remembers, what it says is missing, and that it starts a run."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from textual.widgets import Input, TextArea

from nano_agent.limit_words import limit_of
from nano_agent.record import Follower
from nano_tui import state
from nano_tui.app import NanoTui
from nano_tui.launching import mistakes, spec_of
from nano_tui.settings import Settings
from nano_widgets.launch_form import LaunchForm, LaunchValues
from support.live_run import LiveRun
from support.repos import make_repo
from support.runs import call, history, nano_folder, result, say
from support.screen import until, until_seen

SIZE = (160, 48)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return make_repo(tmp_path / "repository", {"a.txt": "one\n"}).root


def app_with(pane: str = "launch", **settings: object) -> NanoTui:
    return NanoTui(Settings(pane=pane, **settings))  # type: ignore[arg-type]


async def filled(pilot) -> LaunchForm:
    await until(pilot, lambda: pilot.app.query("#tool_limit") and pilot.app.query_one("#tool_limit").placeholder)
    return pilot.app.query_one("#form", LaunchForm)


def write(form: LaunchForm, **values: str) -> None:
    for name, text in values.items():
        if name == "task":
            form.query_one("#task", TextArea).text = text
        else:
            form.query_one(f"#{name}", Input).value = text


@pytest.mark.parametrize(
    ("name", "text", "number"),
    [
        ("token_limit", "8k", 8000),
        ("token_limit", "8,192", 8192),
        ("time_limit", "10m", 600.0),
        ("time_limit", "90", 90.0),
        ("cost_limit", "$1.50", 1.5),
        ("cost_limit", ".5", 0.5),
        ("tool_limit", "30", 30),
        ("tool_limit", "none", None),
    ],
)
def test_limits_as_people_write_them(name: str, text: str, number: float | None) -> None:
    assert limit_of(name, text) == number


@pytest.mark.parametrize(("name", "text"), [("tool_limit", "many"), ("tool_limit", "3k"), ("time_limit", "5x")])
def test_what_is_no_limit_is_said(name: str, text: str) -> None:
    values = LaunchValues(limits={name: text})
    assert [field for field, _ in mistakes(values)] == ["limits"]
    assert spec_of(values, None).limits == {}


def test_empty_fields_are_left_to_scaffold_and_provider() -> None:
    spec = spec_of(LaunchValues(task=" do it ", repo_root="~/x", model="m"), None)
    assert (spec.task, spec.api_base, spec.sandbox, spec.thinking, spec.allow_dirty) == (
        "do it",
        None,
        None,
        None,
        False,
    )
    assert spec.repo_root == str(Path.home() / "x")


def test_what_was_remembered_survives_and_a_broken_file_does_not_hurt(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "app.json"
    remembered = state.Remembered().with_run({"task": "x"}, "m1", "/r1").with_run({"task": "y"}, "m2", "/r1")
    state.save(remembered, path)
    assert state.load(path) == state.Remembered({"task": "y"}, ("m2", "m1"), ("/r1",))
    for broken in (b"{", b"[]", b'{"form": 5, "models": {"a": 1}}', b"\xff\x00"):
        path.write_bytes(broken)
        assert state.load(path) == state.Remembered()
    assert state.only_known(LaunchValues, {"task": 5, "model": "m", "unknown": 1}) == {"model": "m"}


async def test_the_form_opens_with_what_stood_in_it(cut_off: Path) -> None:
    state.save(state.Remembered({"task": "Again", "model": "a/b", "limits": {"tool_limit": "7"}}, ("a/b",)))
    async with app_with().run_test(size=SIZE, notifications=True, tooltips=True) as pilot:
        form = await filled(pilot)
        assert (form.values.task, form.values.model, form.values.limits) == ("Again", "a/b", {"tool_limit": "7"})


async def test_what_is_missing_stands_below_the_fields(tmp_path: Path) -> None:
    async with app_with().run_test(size=SIZE, notifications=True, tooltips=True) as pilot:
        form = await filled(pilot)
        write(form, repo_root=str(tmp_path), token_limit="lots")
        await pilot.press("ctrl+r")
        await until_seen(pilot, "The task is empty", "No model is named", "Not started")
        for name in ("task", "model", "repo_root", "limits"):
            assert form._problems[name].display, name
        assert app_focus_is(pilot.app, "task")


def app_focus_is(app: NanoTui, name: str) -> bool:
    return app.focused is not None and app.focused.id == name


async def test_a_missing_key_is_said_while_the_form_is_filled_in(repository: Path) -> None:
    async with app_with().run_test(size=SIZE, notifications=True, tooltips=True) as pilot:
        form = await filled(pilot)
        write(form, repo_root=str(repository), model="anthropic/claude-x")
        await until_seen(pilot, "ANTHROPIC_API_KEY")
        # The task is still empty, which is no mistake before the run is asked for.
        assert not form._problems["task"].display


async def test_a_run_is_started_watched_and_remembered(repository: Path, tmp_path: Path) -> None:
    recording = nano_folder(
        tmp_path / "2026-01-01T00-00-00",
        history(
            "x", call("c1", "apply_patch", search="one", replace="two", file="a.txt"), result("c1", "ok"), say("Done.")
        ),
    )
    app = app_with(runs_dir=tmp_path / "runs")
    async with app.run_test(size=SIZE, notifications=True, tooltips=True) as pilot:
        form = await filled(pilot)
        write(form, task="Change one to two", repo_root=str(repository), model=f"replay/{recording}")
        await pilot.press("ctrl+r")
        await until(pilot, lambda: list((tmp_path / "runs").glob("*/metadata.json")), "a run folder")
        folder = next((tmp_path / "runs").glob("*/metadata.json")).parent
        follower = Follower(folder)
        await until(pilot, lambda: follower.poll().state.ended, "the end of the run")
        assert follower.state.exit_status == "done"
        await until(pilot, lambda: state.load().runs_dirs == (str(tmp_path / "runs"),), "the form is remembered")
    assert (repository / "a.txt").read_text() == "two\n"
    assert orjson.loads((folder / "metadata.json").read_bytes())["task"] == "Change one to two"
    assert state.load().form["task"] == "Change one to two"


async def test_runs_that_are_going_are_listed(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    first, second = (
        LiveRun(runs / "2026-01-01T00-00-00-aaaaaaaa", "First task"),
        LiveRun(runs / "2026-01-01T00-00-01-bbbbbbbb", "Second task"),
    )
    first.ask()
    async with app_with(paths=(runs,)).run_test(size=SIZE, notifications=True, tooltips=True) as pilot:
        await until_seen(pilot, "2 live", "First task", "Second task", "waiting")
        second.end()
        await until_seen(pilot, "1 live")
        first.recorder.close()


async def test_escape_leaves_the_form_and_keys_are_keys_again() -> None:
    async with app_with().run_test(size=(80, 24), notifications=True, tooltips=True) as pilot:
        await filled(pilot)
        await pilot.press("2", "q")
        assert pilot.app.main.launch.display
        await pilot.press("escape", "2")
        await until(pilot, lambda: pilot.app.main.live.display)


async def test_the_sandbox_that_is_named_is_the_one_of_the_repository_in_the_form(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "around" / "home").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(tmp_path / "around" / "home"))
    async with app_with().run_test(size=SIZE) as pilot:
        form = await filled(pilot)
        write(form, repo_root=str(tmp_path / "around"))
        await until_seen(pilot, "No sandbox")
        write(form, repo_root=str(repository))
        await until_seen(pilot, "Commands will run in", "bubblewrap.")
