"""The process from which reading processes are forked: the readers loaded, never a document seen.

`child_start` runs it and gives orders over the socket that is its standard input: fork (with the two ends
of pipes that the fork is to use), or end a fork. Every order gets one answer. It ends when the server does,
or when nobody has asked for anything for a while.
"""

import gc
import json
import os
import signal
import socket
import struct
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final, NoReturn

from importers.sources import child

ANSWER: Final = struct.Struct("q")  # to an order: the number of a process, or how it ended
NO_PROCESS: Final = 0
_IDLE_SECONDS: Final = 600
_LONGEST_ORDER: Final = 65_536


def main(modules: Sequence[str]) -> None:
    """Load the modules, then carry out orders until the server ends or is silent for long."""
    for name in modules:
        import_module(name)
    channel = socket.socket(fileno=os.dup(0))
    channel.settimeout(_IDLE_SECONDS)
    gc.freeze()  # what is loaded stays: a collection in a fork would only copy its pages
    forks: set[int] = set()
    try:
        _obey(channel, forks)
    finally:
        for pid in forks:
            _end(pid)


def _obey(channel: socket.socket, forks: set[int]) -> None:
    while True:
        try:
            words, handles, _, _ = socket.recv_fds(channel, _LONGEST_ORDER, 2)
        except TimeoutError:
            if forks:
                continue
            return
        if not words:
            return
        order = json.loads(words)
        if "end" in order:
            forks.discard(order["end"])
            answer = _end(order["end"])
        else:
            answer = _fork(order["modules"], handles, channel)
            if answer != NO_PROCESS:
                forks.add(answer)
        channel.sendall(ANSWER.pack(answer))


def _fork(modules: Sequence[str], handles: Sequence[int], channel: socket.socket) -> int:
    """Return the number of a fork that serves one request; in the fork itself, do not return."""
    try:
        pid = os.fork()
    except OSError:
        pid = NO_PROCESS
    else:
        if pid == 0:
            _serve(modules, handles, channel)
    for handle in handles:
        os.close(handle)
    return pid


def _serve(modules: Sequence[str], handles: Sequence[int], channel: socket.socket) -> NoReturn:
    """Be a reading process, then end without anything the origin would do at its end."""
    status = 1
    try:
        channel.close()
        for number, handle in enumerate(handles):
            os.dup2(handle, number)
            os.close(handle)
        child.main(modules)
        sys.stdout.flush()
        status = 0
    finally:
        os._exit(status)


def _end(pid: int) -> int:
    os.kill(pid, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
