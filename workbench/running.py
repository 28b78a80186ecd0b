"""`dev.py run`: prepare the data, serve, and keep the worker for long tasks alive."""

import contextlib
import functools
import http.client
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import unquote

from workbench.environment import RUN, ensure_environment, fingerprint_of
from workbench.house import (
    APPS,
    PYTHON,
    ROOT,
    Refusal,
    call,
    child_environment,
    digest,
    read_json,
    say,
    write_json,
)


def run(_: list[str]) -> int:
    """Set up what is missing and serve until Ctrl+C or SIGTERM."""
    began = time.monotonic()
    stopping: list[int] = []
    # A shell that starts us in the background makes us ignore Ctrl+C's signal: take it back.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for name in ("SIGTERM", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), functools.partial(_stop_serving, stopping))
    port = chosen_port()
    refuse_taken_port(port)
    ensure_environment(RUN)
    prepare_data()
    return serve(port, began, stopping)


def chosen_port() -> int:
    """Return PORT, or 8000."""
    raw = os.environ.get("PORT", "").strip() or "8000"
    if not (raw.isascii() and raw.isdigit() and 0 < int(raw) < 65536):
        raise Refusal(f"環境変数 PORT は 1〜65535 の整数で指定してください（現在の値: {raw}）。")
    return int(raw)


def refuse_taken_port(port: int) -> None:
    """Say it before anything else when somebody listens already."""
    with socket.socket() as probe:
        if os.name != "nt":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise Refusal(
                f"ポート {port} はほかのプログラムが使っています。そのプログラムを終了するか、"
                f"環境変数 PORT で別の番号を指定してください"
                f"（例: PORT={port + 1 if port < 65535 else 8000}）。"
            ) from None


def data_directory() -> Path:
    """Return where the database, uploaded files and collected static files live."""
    return Path(os.environ.get("DATA_DIR", "").strip() or ROOT / "var").absolute()


def database_url() -> str:
    """Return DATABASE_URL, or blank for the SQLite file in the data directory."""
    return os.environ.get("DATABASE_URL", "").strip()


def sqlite_file() -> Path | None:
    """Return the SQLite database's file, or None when another engine is chosen."""
    url = database_url()
    if not url:
        return data_directory() / "tsukuba_kpi.sqlite3"
    return ROOT / unquote(url.partition(":///")[2]) if url.startswith("sqlite") else None


def prepare_data() -> None:
    """Migrate, load the first data into an empty database and collect static files, each only if needed."""
    memory = data_directory() / "dev.json"
    remembered = read_json(memory)
    packages, database = fingerprint_of(RUN), f"database {digest(database_url() or str(sqlite_file()))[:16]}"
    own = own_migrations()
    if remembered.get(database) != packages or not own <= applied_migrations():
        say("データベースを準備しています……")
        steps = "call_command('migrate', verbosity=0); call_command('load_demo', only_if_empty=True)"
        if django_steps(steps):
            raise Refusal("データベースを準備できませんでした。上の表示を確認してください。")
        remembered[database] = packages
        write_json(memory, remembered)
    assets = static_fingerprint(packages)
    if remembered.get("static") != assets or not (data_directory() / "static").is_dir():
        if django_steps("call_command('collectstatic', interactive=False, clear=True, verbosity=0)"):
            raise Refusal("画面の部品（static）を集められませんでした。上の表示を確認してください。")
        remembered["static"] = assets
        write_json(memory, remembered)


STEPS_OF_ONE_PROCESS = """
import django, sys
django.setup()
from django.core.management import CommandError, call_command
try:
    {steps}
except CommandError as refusal:
    sys.exit(str(refusal))
"""


def django_steps(steps: str) -> int:
    """Run management commands in one process, because starting Django is the slow part."""
    return call(str(PYTHON), "-c", STEPS_OF_ONE_PROCESS.format(steps=steps))


def own_migrations() -> set[str]:
    """Return app/name of every migration in the house."""
    files = (file for app in APPS for file in (ROOT / app / "migrations").glob("[0-9]*.py"))
    return {f"{file.parent.parent.name}/{file.stem}" for file in files}


def applied_migrations() -> set[str]:
    """Return app/name of the migrations the database has; empty when it cannot be asked."""
    question = "SELECT app || '/' || name FROM django_migrations"
    if path := sqlite_file():
        if not path.is_file():
            return set()
        with contextlib.closing(sqlite3.connect(path, timeout=20)) as database:
            try:
                return {row[0] for row in database.execute(question)}
            except sqlite3.Error:
                return set()
    asking = (
        "import psycopg, sys\n"
        "with psycopg.connect(sys.argv[1], connect_timeout=5) as c:\n"
        "    print(*(row[0] for row in c.execute(sys.argv[2])), sep='\\n')"
    )
    asked = subprocess.run([PYTHON, "-c", asking, database_url(), question], capture_output=True, text=True)
    return set(asked.stdout.split()) if asked.returncode == 0 else set()


def static_fingerprint(packages: str) -> str:
    """Return a fingerprint of everything that collectstatic would copy."""
    own = sorted(file for file in (ROOT / "static").rglob("*") if file.is_file())
    facts = (f"{file.relative_to(ROOT)} {file.stat().st_size} {file.stat().st_mtime_ns}" for file in own)
    return digest(packages, *facts)


def serve(port: int, began: float, stopping: list[int]) -> int:
    """Start the server and the worker for long tasks; stop both when asked, or when the server ends."""
    application = ["--interface", "wsgi", "tsukuba_kpi.wsgi:application"]
    threads = ["--workers", "1", "--blocking-threads", "4", "--log-level", "warning"]
    address = ["--host", "127.0.0.1", "--port", str(port)]
    server = _start("-m", "granian", *address, *threads, *application)
    children = [server]
    try:
        wait_until_answers(server, port)
        say(
            f"\n  つくばKPI  http://127.0.0.1:{port}/   （市民向け: http://127.0.0.1:{port}/public/）\n"
            f"  {time.monotonic() - began:.1f} 秒で起動しました。終了は Ctrl+C です。"
            "デモの利用者は README.md の表にあります。\n"
        )
        worker = _start("manage.py", "db_worker")
        children.append(worker)
        while server.poll() is None:
            if worker.poll() is not None:
                say("取込などの裏の作業を担うプロセスが止まったため、もう一度起動します。", sys.stderr)
                time.sleep(5)
                children[1] = worker = _start("manage.py", "db_worker")
            time.sleep(0.2)
        say("サーバーが終了しました。上の表示を確認してください。", sys.stderr)
        return server.returncode or 1
    except KeyboardInterrupt:
        # Ctrl+C has reached the children too: they get a moment to finish what they are doing.
        stop(children, patience=0.0 if stopping else 5.0)
        say("終了しました。データは残っています。")
        return 0
    finally:
        stop(children, patience=0.0)


def _stop_serving(stopping: list[int], number: int, _: object) -> None:
    stopping.append(number)
    raise KeyboardInterrupt


def _start(*arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([str(PYTHON), *arguments], cwd=ROOT, env=child_environment())


def wait_until_answers(server: subprocess.Popen[bytes], port: int) -> None:
    """Wait until the server answers anything at all."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("GET", "/healthz")
            connection.getresponse()
            return
        except OSError:
            time.sleep(0.05)
        finally:
            connection.close()
    raise Refusal("サーバーが起動しませんでした。上の表示を確認してください。")


def stop(children: list[subprocess.Popen[bytes]], patience: float) -> None:
    """End the children: wait, then ask, then force."""
    for wait, act in ((patience, "terminate"), (10.0, "kill"), (5.0, "")):
        deadline = time.monotonic() + wait
        while any(child.poll() is None for child in children) and time.monotonic() < deadline:
            time.sleep(0.05)
        for child in children:
            if child.poll() is None and act:
                getattr(child, act)()
