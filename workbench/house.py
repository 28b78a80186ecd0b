"""Where things are, how children are called, and small files of remembered fingerprints."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
APPS = [
    "tsukuba_kpi",
    "history",
    "organization",
    "strategy",
    "programs",
    "evaluations",
    "importers",
    "reports",
]
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")


class Refusal(Exception):
    """Something the person at the keyboard must do first; its text says what."""


def say(text: str, stream: object = None) -> None:
    """Print at once, so that our lines and the children's come in order."""
    print(text, file=stream or sys.stdout, flush=True)  # type: ignore[arg-type]


def tool(name: str) -> str:
    """Return the path of a program of the environment."""
    return str(BIN / (f"{name}.exe" if os.name == "nt" else name))


def call(*command: str, **environment: str) -> int:
    """Run a command in the project's directory; return its exit status."""
    return subprocess.run(command, cwd=ROOT, env={**child_environment(), **environment}).returncode


def child_environment() -> dict[str, str]:
    """Return the environment of every child: UTF-8 everywhere, Windows' consoles included."""
    return {**os.environ, "PYTHONUTF8": "1", "DJANGO_SETTINGS_MODULE": "tsukuba_kpi.settings"}


def digest(*parts: str | bytes) -> str:
    """Return a short fingerprint of some content."""
    return hashlib.sha256(b"\0".join(p if isinstance(p, bytes) else p.encode() for p in parts)).hexdigest()


def read_json(path: Path) -> dict[str, str]:
    """Return a small file of remembered fingerprints; a broken or missing one remembers nothing."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write_json(path: Path, values: dict[str, str]) -> None:
    """Keep fingerprints in a small file, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".new")
    temporary.write_text(json.dumps(values, indent=1), encoding="utf-8")
    temporary.replace(path)
