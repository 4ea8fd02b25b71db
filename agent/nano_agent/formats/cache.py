"""The messages of a large file that were looked at last."""

from __future__ import annotations

from threading import Lock

from nano_agent.trajectory import Message

_CACHED_BYTES, _MOST_CACHED = 4_000_000, 512


class Cache:
    """The messages that were looked at last, up to some megabytes, and the last giant one."""

    def __init__(self) -> None:
        self._held: dict[int, tuple[Message, int]] = {}
        self._giant: tuple[int, Message] | None = None
        self._bytes = 0
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._held)

    def get(self, index: int) -> Message | None:
        """The message with this index, if it is held."""
        known, giant = self._held.get(index), self._giant
        if known is not None:
            return known[0]
        return giant[1] if giant is not None and giant[0] == index else None

    def put(self, index: int, message: Message, size: int) -> None:
        """Hold a message, and let go of the oldest."""
        with self._lock:
            if size > _CACHED_BYTES:
                self._giant = (index, message)
                return
            self._held[index] = (message, size)
            self._bytes += size
            while self._bytes > _CACHED_BYTES or len(self._held) > _MOST_CACHED:
                self._bytes -= self._held.pop(next(iter(self._held)))[1]

    def drop(self, index: int) -> None:
        """Let go of a message, which has changed."""
        with self._lock:
            if known := self._held.pop(index, None):
                self._bytes -= known[1]
            if self._giant is not None and self._giant[0] == index:
                self._giant = None
