"""Read settings from the environment; a bad value stops the start with a sentence."""

import os
import secrets
import sys
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str = "") -> str:
    """Return the variable's text, or the default when it is unset or blank."""
    return os.environ.get(name, "").strip() or default


def flag(name: str, default: bool = False) -> bool:
    """Return a yes/no variable.

    :raises ImproperlyConfigured: if it is neither of 1/0, true/false, yes/no, on/off.
    """
    raw = text(name)
    if not raw:
        return default
    if raw.lower() in {"1", "true", "yes", "on"}:
        return True
    if raw.lower() in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"環境変数 {name} は 1 か 0 で指定してください（現在の値: {raw}）。")


def number(name: str, default: int) -> int:
    """Return a whole number.

    :raises ImproperlyConfigured: if it is not a whole number of at least 0.
    """
    raw = text(name)
    if not raw:
        return default
    if not raw.isascii() or not raw.isdigit():
        raise ImproperlyConfigured(f"環境変数 {name} は 0 以上の整数で指定してください（現在の値: {raw}）。")
    return int(raw)


def names(name: str, default: str = "") -> list[str]:
    """Return a comma-separated list without blanks."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def secret_key(data_dir: Path) -> str:
    """Return SECRET_KEY, or one made at the first start and kept readable by the owner only."""
    given = text("SECRET_KEY")
    if given:
        return given
    path = data_dir / "secret_key"
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        # "x": of two processes starting at once only one writes, the other reads what it wrote.
        try:
            with open(path, "x", encoding="ascii", opener=_owner_only) as file:
                file.write(secrets.token_urlsafe(64))
        except FileExistsError:
            pass
    return path.read_text(encoding="ascii")


def _owner_only(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def under_test() -> bool:
    """Return whether pytest runs this process."""
    return "pytest" in sys.modules
