"""A call through litellm that reaches nobody, so that the first real one finds everything loaded: 0.05 s, not 0.6."""

from __future__ import annotations

import socket
from contextlib import closing
from importlib import import_module

from nano_agent.models.base import ModelError, ModelSettings, Request
from nano_agent.models.litellm_model import LitellmModel


def rehearse() -> None:
    """Load litellm, and what it loads only when it is called; no thread is left behind."""
    # What a call that is answered needs beyond one that is refused.
    import_module("anyio._backends._asyncio")
    import_module("anyio.streams.tls")
    function = {"name": "look", "parameters": {"type": "object", "properties": {}}}
    request = Request([{"role": "user", "content": "?"}], [{"type": "function", "function": function}], 16)
    with socket.socket() as bound:
        # A port that is ours and at which nobody listens refuses every connection.
        bound.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{bound.getsockname()[1]}/v1"
        with closing(LitellmModel(ModelSettings("hosted_vllm/rehearsal", base, max_attempts=1))) as model:
            try:
                list(model.stream(request))
            except ModelError:
                return
