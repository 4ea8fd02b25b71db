"""The process that serves one model on loopback: `python -m nano_agent.models.local.serve`.

One line of JSON on standard input says what to serve and with which key, so that the key is on no command line and in
no environment. One line on standard output says where. It ends when its input does: with the run, however that ends.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any


def main() -> None:
    """Load the weights, serve them, and be gone when nobody is there any more."""
    asked = json.loads(sys.stdin.readline())
    server = _serve(asked)
    print(server.listening_address, flush=True)
    while sys.stdin.read(1 << 16):
        pass
    # Its threads may be in the middle of a reply that nobody waits for.
    os._exit(0)


def _serve(asked: dict[str, Any]) -> Any:
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = asked["weights"]
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.api_keys = [asked["key"]]
    parameters.n_ctx = asked["context"]
    parameters.n_parallel = 1
    for threads in (parameters.cpuparams, parameters.cpuparams_batch):
        threads.n_threads = asked["threads"] or max(1, (os.cpu_count() or 2) // 2)
    parameters.n_threads_http = 2
    parameters.warmup = False
    parameters.ui = False
    parameters.endpoint_props = parameters.endpoint_slots = False
    return xllamacpp.Server(parameters)


if __name__ == "__main__":
    main()
