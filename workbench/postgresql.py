"""A throw-away PostgreSQL cluster over the machine's own binaries."""

import contextlib
import os
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from workbench.house import Refusal


def postgresql_programs() -> Path | None:
    """Return the newest directory that holds initdb and pg_ctl, or None."""
    versions = Path("/usr/lib/postgresql").glob("*/bin")
    newest_first = sorted(
        versions, key=lambda path: int(re.sub(r"\D", "", path.parent.name) or 0), reverse=True
    )
    on_path = shutil.which("pg_ctl")
    for directory in [*([Path(on_path).resolve().parent] if on_path else []), *newest_first]:
        if any((directory / f"initdb{suffix}").exists() for suffix in ("", ".exe")):
            return directory
    return None


@contextlib.contextmanager
def temporary_postgresql(programs: Path, *, durable: bool = False) -> Iterator[str]:
    """Keep a throw-away cluster running; yield the URL of its database.

    PostgreSQL refuses to run as root, so root hands it to another account. What is thrown away need not
    survive a power cut, unless commits are to cost what they cost in earnest (`durable`).
    """
    directory = Path(tempfile.mkdtemp(prefix="kpi-pg-"))
    owner: dict[str, Any] = {}
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        owner["user"] = "postgres" if account_exists("postgres") else "nobody"
        shutil.chown(directory, owner["user"])
    if os.name == "nt":
        port = free_port()
        listening, url = (
            f"-c listen_addresses=127.0.0.1 -p {port}",
            f"postgresql://kpi@127.0.0.1:{port}/postgres",
        )
    else:
        listening = f"-c listen_addresses= -k {directory}"
        url = f"postgresql://kpi@{str(directory).replace('/', '%2F')}/postgres"
    quick = "" if durable else "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"
    options = f"{quick} -c max_connections=50"

    def cluster(program: str, *options: str) -> None:
        command = [str(programs / program), "-D", str(directory / "data"), *options]
        # pg_ctl's server inherits what it is given: a pipe here would never end.
        with (directory / f"{program}.log").open("wb") as log:
            done = subprocess.run(
                command, cwd=directory, stdout=log, stderr=log, stdin=subprocess.DEVNULL, **owner
            )
        if done.returncode:
            text = (directory / f"{program}.log").read_text(encoding="utf-8", errors="replace")
            raise Refusal(f"一時的な PostgreSQL を用意できませんでした（{program}）。\n{text}")

    try:
        cluster("initdb", "-A", "trust", "-U", "kpi", "-E", "UTF8", "--locale=C", "--no-sync")
        server_log = str(directory / "server.log")
        cluster("pg_ctl", "start", "-w", "-t", "60", "-l", server_log, "-o", f"{listening} {options}")
        try:
            yield url
        finally:
            cluster("pg_ctl", "stop", "-m", "immediate")
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def account_exists(name: str) -> bool:
    """Return whether the machine knows an account."""
    import pwd

    return any(entry.pw_name == name for entry in pwd.getpwall())


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
