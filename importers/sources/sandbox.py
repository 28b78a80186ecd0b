"""Parsing in a process of its own, so that an abort, a hang or a memory explosion is only a refusal.

The child has no environment, no way to write files and a bounded memory; it is killed when it is silent
too long, lives too long or answers too much. `child_start` says how it comes to life. Without `resource`
(Windows) the times still hold.
"""

import contextlib
import json
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import IO, Any, Self

from importers.calculations.rows import Location, SourceError
from importers.sources.child_start import start_child
from importers.sources.limits import LIMITS, Limits
from importers.sources.refusals import RefusedFile, refuse
from importers.sources.wire import decode

Progress = Callable[[int, int, str], None]

_logger = logging.getLogger(__name__)
_LONGEST_LINE = 64 * 1024 * 1024
_SAVE_AGAIN = "元の文書を開いて保存し直すか、表だけを新しいExcelブックに写したものを取り込んでください。"


class ReadingProcess:
    """One child that is already starting while the file is still being inspected."""

    def __init__(self, file: str, modules: Sequence[str] = (), limits: Limits = LIMITS) -> None:
        """Start the child; `modules` are what it will need, to be loaded while it waits."""
        self._file = file
        self._limits = limits
        self._child = start_child(modules)
        self._lines: queue.Queue[bytes | None] = queue.Queue(maxsize=64)
        self._closed = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed.set()
        self._child.end()
        for stream in (self._child.stdin, self._child.stdout):
            _close(stream)

    def ask(
        self,
        request: Mapping[str, object],
        progress: Progress | None = None,
        meanwhile: Callable[[], None] | None = None,
    ) -> Iterator[dict[str, Any]]:
        """Send the request and yield the answers that are neither progress nor failure.

        `meanwhile` is done once while the child is at its work.

        :raises RefusedFile: the document was refused, or the process failed on it.
        """
        try:
            self._child.stdin.write(json.dumps(request).encode() + b"\n")
            self._child.stdin.close()
        except OSError as error:
            raise self.failed("could not start") from error
        threading.Thread(target=self._pump, args=(self._child.stdout,), daemon=True).start()
        if meanwhile is not None:
            meanwhile()
        yield from self._answers(progress)

    def _answers(self, progress: Progress | None) -> Iterator[dict[str, Any]]:
        started = time.monotonic()
        received = 0
        while True:
            left = self._limits.total_seconds - (time.monotonic() - started)
            try:
                line = self._lines.get(timeout=max(0.0, min(left, self._limits.stall_seconds)))
            except queue.Empty:
                raise self._too_slow() from None
            if line is None:
                raise self.failed(f"exit status {self._child.end()}")
            received += len(line)
            if received > self._limits.answer_bytes or not line.endswith(b"\n"):
                raise self.failed("answer too long")
            message = self._decoded(line)
            if "progress" in message:
                if progress is not None:
                    progress(*message["progress"])
                continue
            yield message
            if "end" in message:
                return

    def _decoded(self, line: bytes) -> dict[str, Any]:
        try:
            message = decode(line)
        except (ValueError, TypeError, KeyError) as error:
            raise self.failed("unreadable answer") from error
        if "refused" in message:
            raise RefusedFile(*message["refused"])
        if "failed" in message:
            raise self._out_of_memory() if message.get("memory") else self.failed(message["failed"])
        return dict(message)

    def _pump(self, stream: IO[bytes]) -> None:
        """Carry lines from the pipe to the queue, so that waiting can end on every system."""
        try:
            while line := stream.readline(_LONGEST_LINE):
                while not self._closed.is_set():
                    try:
                        self._lines.put(line, timeout=1)
                        break
                    except queue.Full:
                        continue
        except (OSError, ValueError):  # the pipe was closed under us when the child was killed
            pass
        if not self._closed.is_set():
            self._lines.put(None)

    def failed(self, reason: str) -> RefusedFile:
        """Return the refusal of a document whose reading broke off or made no sense; the reason is logged."""
        _logger.warning("reading %s failed: %s", self._file, reason)
        what = "は壊れているか特殊な作りで読み取りの途中で止まったので、" + _SAVE_AGAIN
        return refuse("unreadable", Location(self._file), what)

    def _out_of_memory(self) -> RefusedFile:
        limit = self._limits.memory_bytes // (1024 * 1024)
        what = (
            f"は読むのに上限の{limit}MBを超えるメモリを要するので、分けて保存したものを取り込んでください。"
        )
        return refuse("memory", Location(self._file), what)

    def _too_slow(self) -> RefusedFile:
        what = "は読み取りに時間がかかりすぎて中止したので、" + _SAVE_AGAIN
        return RefusedFile(SourceError("timeout", Location(self._file), f"「{self._file}」{what}"))


def _close(stream: IO[bytes]) -> None:
    with contextlib.suppress(OSError):  # the child ended before it read everything
        stream.close()
