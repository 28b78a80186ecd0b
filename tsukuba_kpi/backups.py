"""Back up the whole product into one file and restore it: database and uploaded files.

A backup is a ZIP archive: `manifest.json` (engine, time, migrations, SHA-256 of every part), the
database (`database.sqlite3` from SQLite's online backup, or `database.dump` from pg_dump) and
`media/`. The secret key is not in it: after a restore on another machine everybody signs in again.
"""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any

from django.conf import settings
from django.db import connection, connections
from django.db.migrations.loader import MigrationLoader

MANIFEST, MEDIA = "manifest.json", "media/"
DATABASE_PART = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}
FORMAT = 1
CHUNK = 1 << 20
CONNECTION_OPTIONS = ("sslmode", "sslrootcert", "sslcert", "sslkey", "service", "passfile", "options")


class BackupRefused(Exception):
    """The backup or the restore cannot be done; the text says why and what to do. Nothing was changed."""


@dataclass(frozen=True)
class Contents:
    """What a backup holds."""

    engine: str
    made_at: str
    files: int
    size: int


def write_backup(target: Path, *, at: datetime) -> Contents:
    """Write everything into one file, whole or not at all; the product may go on working meanwhile.

    The database is copied first and the uploaded files after it: a file is never changed once it is
    there, so every file the copied rows name is in the archive.

    :raises BackupRefused: if the target exists or cannot be written, or pg_dump is missing or fails.
    """
    if target.exists():
        raise BackupRefused(f"{target} はすでにあります。別の名前を指定してください。")
    if not target.parent.is_dir():
        raise BackupRefused(f"{target.parent} がありません。先にディレクトリを作ってください。")
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=target.parent) as scratch:
        part = Path(scratch) / DATABASE_PART[connection.vendor]
        _copy_database(part)
        parts = {part.name: part} | {
            MEDIA + file.relative_to(media_root()).as_posix(): file for file in _media_files()
        }
        archive = Path(scratch) / "backup.zip"
        with _private(archive) as raw, zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as packed:
            digests = {name: _pack(packed, name, file) for name, file in parts.items()}
            manifest: dict[str, Any] = {
                "format": FORMAT,
                "engine": connection.vendor,
                "made_at": at.isoformat(),
                "migrations": sorted(_applied_migrations()),
                "sha256": digests,
            }
            packed.writestr(MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1))
        archive.replace(target)
    return Contents(connection.vendor, manifest["made_at"], len(parts) - 1, target.stat().st_size)


def restore_backup(source: Path, *, replace: bool) -> Contents:
    """Put a backup in the place of what is there, after checking every byte of it.

    :raises BackupRefused: if the file is damaged, of another engine or of a newer version, or if the
        database holds something and `replace` is not set.
    """
    with _opened(source) as packed, tempfile.TemporaryDirectory(prefix="kpi-restore-") as scratch:
        manifest = _manifest(packed)
        _refuse_unfit(manifest, replace=replace)
        for name, digest in manifest["sha256"].items():
            _unpack(packed, name, Path(scratch), digest)
        _restore_database(Path(scratch) / DATABASE_PART[connection.vendor])
        files = _restore_media(Path(scratch) / MEDIA)
        return Contents(manifest["engine"], manifest["made_at"], files, source.stat().st_size)


def media_root() -> Path:
    """Return where uploaded files live."""
    return Path(settings.MEDIA_ROOT)


# --- packing --------------------------------------------------------------------------------------------


def _media_files() -> list[Path]:
    return sorted(file for file in media_root().rglob("*") if file.is_file())


@contextmanager
def _private(path: Path) -> Iterator[IO[bytes]]:
    """Open a new file that only its owner may read: it holds every password hash of the product."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123
        yield file


def _pack(packed: zipfile.ZipFile, name: str, file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as reading, packed.open(name, "w", force_zip64=True) as writing:
        while chunk := reading.read(CHUNK):
            digest.update(chunk)
            writing.write(chunk)
    return digest.hexdigest()


@contextmanager
def _opened(source: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(source) as packed:
            yield packed
    except FileNotFoundError:
        raise BackupRefused(f"{source} がありません。") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        raise BackupRefused(f"{source} はバックアップのファイルではないか、壊れています。") from None


def _manifest(packed: zipfile.ZipFile) -> dict[str, Any]:
    try:
        manifest = json.loads(packed.read(MANIFEST))
        names = set(packed.namelist()) - {MANIFEST}
        fits = manifest["format"] == FORMAT and names == set(manifest["sha256"])
    except (KeyError, TypeError, ValueError):
        fits = False
    if not fits:
        raise BackupRefused("このシステムのバックアップではないか、中身が欠けています。")
    return dict(manifest)


def _unpack(packed: zipfile.ZipFile, name: str, directory: Path, digest: str) -> None:
    parts = PurePosixPath(name).parts
    if PurePosixPath(name).is_absolute() or ".." in parts or "\\" in name or ":" in name:
        raise BackupRefused(f"バックアップの中のファイル名「{name}」が正しくありません。")
    target = directory.joinpath(*parts)
    target.parent.mkdir(parents=True, exist_ok=True)
    found = hashlib.sha256()
    with packed.open(name) as reading, target.open("xb") as writing:
        while chunk := reading.read(CHUNK):
            found.update(chunk)
            writing.write(chunk)
    if found.hexdigest() != digest:
        raise BackupRefused(f"バックアップの中の「{name}」が壊れています。別のバックアップを使ってください。")


# --- what fits ------------------------------------------------------------------------------------------


def _applied_migrations() -> set[str]:
    return {f"{app}.{name}" for app, name in MigrationLoader(connection).applied_migrations}


def _known_migrations() -> set[str]:
    return {f"{app}.{name}" for app, name in MigrationLoader(None, ignore_no_migrations=True).disk_migrations}


def _refuse_unfit(manifest: Mapping[str, Any], *, replace: bool) -> None:
    if manifest["engine"] != connection.vendor:
        raise BackupRefused(
            f"バックアップは {manifest['engine']}、いまのデータベースは {connection.vendor} です。"
            "DATABASE_URL を確認してください。"
        )
    unknown = set(manifest["migrations"]) - _known_migrations()
    if unknown:
        raise BackupRefused(
            "バックアップはこのプログラムより新しい版のものです。プログラムを新しくしてから復元してください"
            f"（{sorted(unknown)[0]}）。"
        )
    if not replace and _holds_something():
        raise BackupRefused(
            "データベースにはすでにデータがあります。置き換えるときは --replace を付けてください"
            "（先に backup で控えを取ることをお勧めします）。"
        )


def _holds_something() -> bool:
    """Return whether anything was ever entered: every change leaves a revision."""
    if "history_revision" not in connection.introspection.table_names():
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM history_revision LIMIT 1")
        return cursor.fetchone() is not None


# --- databases ------------------------------------------------------------------------------------------


def _copy_database(target: Path) -> None:
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(str(_sqlite_path()))) as live, closing(sqlite3.connect(target)) as copy:
            live.backup(copy)
        return
    _postgresql("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}")


def _restore_database(part: Path) -> None:
    connections.close_all()
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(part)) as copy:
            verdict = copy.execute("PRAGMA integrity_check").fetchone()[0]
            if verdict != "ok":
                raise BackupRefused(f"バックアップの中のデータベースが壊れています（{verdict}）。")
            with closing(sqlite3.connect(str(_sqlite_path()), timeout=20)) as live:
                copy.backup(live)
        return
    quiet = ("--clean", "--if-exists", "--no-owner", "--no-privileges", "--exit-on-error")
    _postgresql("pg_restore", *quiet, "--single-transaction", str(part))


def _sqlite_path() -> Path:
    return Path(connection.settings_dict["NAME"])


def _postgresql(program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs against the database in use; the password is not on its command line.

    :raises BackupRefused: if the program is missing or fails.
    """
    path = _postgresql_program(program)
    known = connection.settings_dict
    options = known.get("OPTIONS", {})
    given = {"dbname": known["NAME"], "user": known["USER"], "host": known["HOST"], "port": known["PORT"]}
    given |= {name: options[name] for name in CONNECTION_OPTIONS if name in options}
    where = " ".join(f"{name}={_quoted(str(value))}" for name, value in given.items() if value)
    environment = {**os.environ, "PGCONNECT_TIMEOUT": "10"}
    if known.get("PASSWORD"):
        environment["PGPASSWORD"] = str(known["PASSWORD"])
    done = subprocess.run(  # noqa: S603 - our own programs, no shell
        [path, f"--dbname={where}", *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BackupRefused(f"{program} が失敗しました。\n{done.stderr.strip()}")


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _postgresql_program(name: str) -> str:
    installed = sorted(
        Path("/usr/lib/postgresql").glob(f"*/bin/{name}"),
        key=lambda path: int(path.parts[-3]) if path.parts[-3].isdigit() else 0,
    )
    found = str(installed[-1]) if installed else shutil.which(name)
    if not found:
        raise BackupRefused(
            f"{name} が見つかりません。PostgreSQL のクライアント（postgresql-client）を入れてください。"
        )
    return found


# --- uploaded files -------------------------------------------------------------------------------------


def _restore_media(unpacked: Path) -> int:
    """Put the unpacked files in the place of those that are there; return how many they are."""
    unpacked.mkdir(exist_ok=True)
    root = media_root()
    incoming, outgoing = root.with_name(f"{root.name}.new"), root.with_name(f"{root.name}.old")
    for leftover in (incoming, outgoing):
        shutil.rmtree(leftover, ignore_errors=True)
    root.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(unpacked, incoming)
    if root.exists():
        root.rename(outgoing)
    incoming.rename(root)
    shutil.rmtree(outgoing, ignore_errors=True)
    return len(_media_files())
