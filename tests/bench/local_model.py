"""The small model of this machine: how soon it answers, and how fast beside what llama.cpp itself says."""

from __future__ import annotations

import re
import tempfile
import time
from pathlib import Path

from nano_agent.models import ModelSettings, make_model
from nano_agent.models.base import ModelError, Reply, Request

TOKENS = 64
_READ, _WRITTEN = (
    re.compile(r"prompt eval time =.*?([\d.]+) tokens per second"),
    re.compile(r"^.*[^t] eval time =.*?([\d.]+) tokens per second", re.M),
)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "model.log"
        try:
            model = make_model(ModelSettings("local/smollm2"), log)
        except ModelError as error:
            print(error)
            return
        try:
            print("| call | seconds | prompt | reply | tokens/s |\n|---|---|---|---|---|")
            for name in ("first, with loading", "second"):
                request = Request(
                    [{"role": "user", "content": "Count the files of a small project. " * 20}], [], TOKENS
                )
                began = time.perf_counter()
                *_, reply = model.stream(request)
                took = time.perf_counter() - began
                assert isinstance(reply, Reply)
                usage = reply.usage
                rate = (usage.completion_tokens or 0) / took
                print(f"| {name} | {took:.2f} | {usage.prompt_tokens} | {usage.completion_tokens} | {rate:.0f} |")
        finally:
            model.close()
        text = log.read_text()
        print(f"\nllama.cpp says: reads {_READ.findall(text)}, writes {_WRITTEN.findall(text)} tokens a second")


if __name__ == "__main__":
    main()
