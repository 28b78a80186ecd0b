"""The virtual environment: made from hash-pinned requirements, renewed only when they change."""

import shutil
import subprocess
import sys

from workbench.house import PYTHON, ROOT, VENV, Refusal, call, digest, read_json, say, write_json

STAMP = VENV / "dev-requirements.json"
WHEELHOUSE = ROOT / "wheelhouse"
RUN, DEV = "requirements.txt", "requirements-dev.txt"


def fingerprint_of(requirements: str) -> str:
    """Return the fingerprint of a requirements file for this Python."""
    return digest((ROOT / requirements).read_bytes(), f"{sys.version_info[:2]} {sys.platform}")


def ensure_environment(requirements: str) -> None:
    """Make .venv hold what a requirements file pins; quick when nothing changed."""
    wanted = fingerprint_of(requirements)
    if PYTHON.exists() and read_json(STAMP).get(requirements) == wanted:
        return
    say("環境を用意しています（初回は数分かかることがあります）……")
    if not (with_uv(requirements) or with_pip(requirements)):
        raise Refusal(
            "環境を用意できませんでした。ネットワークにつながらない場合は、wheelhouse/ に "
            f"{requirements} の全てのパッケージ（wheel）を置いてから、もう一度実行してください。"
        )
    stamps = {requirements: wanted}
    if requirements == DEV:  # it holds the other one too
        stamps[RUN] = fingerprint_of(RUN)
    write_json(STAMP, stamps)


def from_wheelhouse() -> list[str]:
    """Return the options that keep an installer off the network when wheels lie ready."""
    return ["--no-index", "--find-links", str(WHEELHOUSE)] if WHEELHOUSE.is_dir() else []


def with_uv(requirements: str) -> bool:
    """Install with uv; return whether it is there and succeeded."""
    uv = shutil.which("uv")
    if not uv:
        return False
    if not PYTHON.exists() and call(uv, "venv", "--quiet", "--python", sys.executable, str(VENV)):
        return False
    install = [uv, "pip", "install", "--quiet", "--python", str(PYTHON), "--require-hashes"]
    return call(*install, *from_wheelhouse(), "-r", requirements) == 0


def with_pip(requirements: str) -> bool:
    """Install with the pip that Python brings along; return whether it succeeded."""
    if not PYTHON.exists() and call(sys.executable, "-m", "venv", str(VENV)):
        raise Refusal(
            "Python の venv が使えません。Debian・Ubuntu では「apt install python3-venv」を実行してください。"
        )
    quiet = subprocess.DEVNULL
    if subprocess.run([PYTHON, "-m", "pip", "--version"], stdout=quiet, stderr=quiet).returncode:
        call(str(PYTHON), "-m", "ensurepip")
    install = [
        str(PYTHON),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--require-hashes",
    ]
    return call(*install, *from_wheelhouse(), "-r", requirements) == 0
