"""How a reading process comes to life: forked from one that has the readers loaded, or as a new interpreter.

Starting an interpreter and loading the readers takes as long as reading ten thousand rows. So one process,
the origin, loads them once and forks itself for every document; it never sees a document itself, and what a
document does to a fork ends with the fork. Where there is no `fork` (Windows), or the origin cannot be had,
each document gets an interpreter of its own.
"""

import atexit
import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Final, Protocol

from importers.sources.child_origin import ANSWER, NO_PROCESS

_ROOT: Final = Path(__file__).resolve().parents[2]
_PATH: Final = "import sys; sys.path.insert(0, sys.argv[1]); "
_BOOT: Final = _PATH + "from importers.sources.child import main; main(sys.argv[2:])"
_ORIGIN_BOOT: Final = _PATH + "from importers.sources.child_origin import main; main(sys.argv[2:])"
# What the origin loads; the readers of PDFs are large, and the second that they take is little beside theirs.
_READERS: Final = tuple(
    f"importers.sources.{name}"
    for name in (
        "parse_document", "workbook", "csv_table", "text_decoding", "txt_programs", "txt_strategy",
        "table_programs", "table_strategy", "table_actuals", "table_sections", "table_staff",
        "table_definitions", "table_round",
    )
)  # fmt: skip
_PIPE_BYTES: Final = 1024 * 1024  # so that neither side waits for the other after every few rows
_PATIENCE: Final = 10  # seconds for the origin to load the readers, or to end


class Child(Protocol):
    """A reading process with the two ends of its pipes that are ours."""

    stdin: IO[bytes]
    stdout: IO[bytes]

    def end(self) -> int:
        """Kill the process if it lives and return how it ended."""


def start_child(modules: Sequence[str]) -> Child:
    """Start a reading process that loads `modules` while it waits for its request."""
    if hasattr(os, "fork"):
        for _ in range(2):  # an origin that waited long has ended; a new one has not
            origin = _the_origin()
            try:
                return _ForkedChild(origin, modules)
            except _OriginEnded:
                _forget(origin)
            except _CannotFork:
                break
    return _NewInterpreter(modules)


class _OriginEnded(Exception):
    """Nobody answers: the origin has ended or hangs."""


class _CannotFork(Exception):
    """The origin answers, but the system gave it no process."""


class _NewInterpreter:
    """A reading process that shares nothing with any other."""

    def __init__(self, modules: Sequence[str]) -> None:
        self._process = subprocess.Popen(  # noqa: S603
            _command(_BOOT, modules),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=_PIPE_BYTES,
            env=bare_environment(),
            cwd=_ROOT,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self.stdin, self.stdout = self._process.stdin, self._process.stdout

    def end(self) -> int:
        self._process.kill()
        return self._process.wait()


class _ForkedChild:
    """A reading process that the origin has forked; only the origin, its parent, can end it."""

    def __init__(self, origin: "_Origin", modules: Sequence[str]) -> None:
        request_end, stdin = os.pipe()
        stdout, answer_end = os.pipe()
        _widen(answer_end)
        self.stdin: IO[bytes] = os.fdopen(stdin, "wb")
        self.stdout: IO[bytes] = os.fdopen(stdout, "rb", buffering=_PIPE_BYTES)
        try:
            self._pid = origin.fork(modules, request_end, answer_end)
        except BaseException:
            self.stdin.close()
            self.stdout.close()
            raise
        finally:
            os.close(request_end)
            os.close(answer_end)
        self._origin = origin
        self._status: int | None = None

    def end(self) -> int:
        if self._status is None:
            with contextlib.suppress(_OriginEnded):  # an origin that ended has ended its forks, too
                self._status = self._origin.end(self._pid)
        return -1 if self._status is None else self._status


def _widen(pipe: int) -> None:
    """Let a pipe hold more where the system knows how and has the memory."""
    import fcntl  # only where there is `fork`

    if hasattr(fcntl, "F_SETPIPE_SZ"):
        with contextlib.suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


class _Origin:
    """The process that forks; orders to it are answered one after the other.

    A process number stays the fork's until its parent has asked how it ended, so nobody else is ever killed.
    """

    def __init__(self) -> None:
        self._channel, theirs = socket.socketpair()
        self._channel.settimeout(_PATIENCE)
        self._lock = threading.Lock()
        with theirs:
            self.process = subprocess.Popen(  # noqa: S603
                _command(_ORIGIN_BOOT, _READERS),
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=bare_environment(),
                cwd=_ROOT,
            )

    def fork(self, modules: Sequence[str], request_end: int, answer_end: int) -> int:
        """Return the number of a new process that reads and writes these ends of pipes.

        :raises _OriginEnded: nobody answers
        :raises _CannotFork: the system has no process left
        """
        pid = self._ordered({"modules": list(modules)}, [request_end, answer_end])
        if pid == NO_PROCESS:
            raise _CannotFork
        return pid

    def end(self, pid: int) -> int:
        """Kill a fork and return how it ended.

        :raises _OriginEnded: nobody answers
        """
        return self._ordered({"end": pid})

    def close(self) -> None:
        """Let the origin end, and with it whatever it has forked."""
        self.let_go()
        try:
            self.process.wait(timeout=_PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def let_go(self) -> None:
        """Close this process's end of the line; the origin ends when every copy of it is closed."""
        self._channel.close()

    def _ordered(self, order: Mapping[str, object], handles: Sequence[int] = ()) -> int:
        try:
            with self._lock:
                socket.send_fds(self._channel, [json.dumps(order).encode()], handles)
                answer = self._channel.recv(ANSWER.size, socket.MSG_WAITALL)
        except OSError as error:
            raise _OriginEnded from error
        if len(answer) != ANSWER.size:
            raise _OriginEnded
        return int(ANSWER.unpack(answer)[0])


_origin: _Origin | None = None
_lock = threading.Lock()


def _the_origin() -> _Origin:
    global _origin
    with _lock:
        if _origin is None:
            _origin = _Origin()
        return _origin


def _forget(origin: _Origin) -> None:
    """Let an origin end; somebody else may have done so already and started another."""
    global _origin
    with _lock:
        if _origin is origin:
            _origin = None
            origin.close()


def end_origin() -> None:
    """End the process that waits to fork; the next document starts another."""
    if _origin is not None:
        _forget(_origin)


def origin_pid() -> int | None:
    """Return the number of the process that waits to fork, None without one."""
    return _origin.process.pid if _origin is not None else None


def _leave_to_parent() -> None:
    """In a process forked from the server: the origin answers only to the one that started it."""
    global _origin, _lock
    if _origin is not None:
        _origin.let_go()
    _origin, _lock = None, threading.Lock()


if hasattr(os, "fork"):
    os.register_at_fork(after_in_child=_leave_to_parent)
    atexit.register(end_origin)


def _command(boot: str, modules: Sequence[str]) -> list[str]:
    return [sys.executable, "-I", "-X", "utf8", "-c", boot, str(_ROOT), *modules]


def bare_environment() -> dict[str, str]:
    """Keep what an interpreter needs to start; passwords and addresses stay with the server."""
    return {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TEMP", "LANG") if name in os.environ}
