"""Hostile text in a transcript: painted, searched, streamed."""

from __future__ import annotations

import pytest

from nano_agent.record import LiveTail
from nano_agent.trajectory import Message
from support.histories import hostile, trajectory
from support.hostile import EVERYTHING, HOSTILE
from support.painted import assert_harmless
from support.transcript_host import TranscriptHost as Host


@pytest.mark.parametrize("size", [(20, 5), (200, 60)])
async def test_hostile_text_is_painted_harmlessly(size: tuple[int, int]) -> None:
    app = Host(hostile())
    async with app.run_test(size=size) as pilot:
        transcript = app.transcript
        for item in range(transcript.layouts.count):
            transcript.go((item, 0))
            assert_harmless(transcript)
            transcript.action_fold()
            assert_harmless(transcript)
        transcript.start_search("a|b|\\x1b")
        await pilot.pause()
        assert_harmless(transcript)
        transcript.notice = EVERYTHING
        transcript.show(trajectory([]))
        assert_harmless(transcript)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
async def test_a_hostile_stream_is_painted_harmlessly(text: str) -> None:
    app = Host([Message("user", "x")], live=True)
    async with app.run_test(size=(60, 20)):
        transcript, tail = app.transcript, LiveTail(1)
        for kind in ("reasoning", "text", "call", "output"):
            for piece in (text[: len(text) // 2], text[len(text) // 2 :]):
                tail.add({"m": 1, "k": kind, "s": piece, "i": 0, "id": text, "name": text})
                transcript.set_tail(tail)
                transcript._show_tail()
                assert_harmless(transcript)
