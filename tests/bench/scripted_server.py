"""A scripted model in a process of its own, so that its work is in nobody's figures: prints its port, serves for ever.

Each request is answered by a call of the tool and argument named on the command line, running `true` or `echo`; the
third argument is how many seconds an answer may take.
"""

from __future__ import annotations

import random
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from support.model_server import Call, ModelServer, Recorded, Text, Tokens

SAID = "I'll look at the next place, because the failing assertion points there; then I'll decide where to change it. "


def main() -> None:
    tool, argument, slowest = sys.argv[1], sys.argv[2], float(sys.argv[3])

    def reply(request: Recorded) -> Text:
        if slowest:
            time.sleep(random.uniform(0, slowest))
        number = len(request.body["messages"])
        call = Call(tool, {argument: "true" if number % 4 else f"echo {number}"}, f"call_{number:08d}")
        return Text(SAID * 2, [call], usage=Tokens(1000 + 100 * number, 60))

    with ModelServer(forever=reply) as server:
        print(server.port, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
