"""What commands get to see of the environment: an allow-list, so that no key reaches them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

_PASSED = frozenset(
    (
        *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "XDG_CACHE_HOME"),
        *("VIRTUAL_ENV", "CONDA_PREFIX", "JAVA_HOME", "GOPATH", "GOROOT", "CARGO_HOME", "RUSTUP_HOME", "NVM_DIR"),
        *("SSL_CERT_FILE", "SSL_CERT_DIR"),
    )
)

UNATTENDED = {"TERM": "dumb", "PAGER": "cat", "GIT_PAGER": "cat"}
"""Nobody is there to page."""
_SET = {**UNATTENDED, "GIT_TERMINAL_PROMPT": "0", "PYTHONUNBUFFERED": "1"}
TRUST = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}
"""Where other users' ids are not known, git would not trust what belongs to them."""


def command_environment(also: Iterable[str] = (), environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment for commands: the allowed variables that are set, those in `also`, and a few of our own."""
    environ = os.environ if environ is None else environ
    allowed = {*_PASSED, *also}
    passed = {name: value for name, value in environ.items() if name in allowed or name.startswith("LC_")}
    return {"PATH": os.defpath, **passed, **_SET}
