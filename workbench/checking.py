"""`dev.py check`, `manage` and `lock`."""

import re
import secrets
import shutil
import tempfile

from workbench.environment import DEV, RUN, ensure_environment
from workbench.house import APPS, PYTHON, ROOT, Refusal, call, say, tool


def check(_: list[str]) -> int:
    """Run everything that judges the code without running the tests."""
    ensure_environment(DEV)
    python = str(PYTHON)
    templates = sorted(str(file.relative_to(ROOT)) for file in ROOT.glob("templates/**/*.html"))
    failed = [] if (problems := unpinned()) == [] else ["requirements"]
    for problem in problems:
        say(problem)
    with tempfile.TemporaryDirectory(prefix="kpi-check-") as scratch:
        bare = {"DATA_DIR": scratch, "DATABASE_URL": "", "DEBUG": ""}
        served = {
            **bare,
            "HTTPS": "1",
            "SECRET_KEY": secrets.token_urlsafe(64),
            "ALLOWED_HOSTS": "kpi.example.lg.jp",
        }
        deploy = [python, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
        checks: list[tuple[str, list[str], dict[str, str]]] = [
            ("ruff check", [tool("ruff"), "check", "."], {}),
            ("ruff format", [tool("ruff"), "format", "--check", "."], {}),
            ("mypy", [python, "-m", "mypy", *APPS, "workbench"], bare),
            ("lint-imports", [tool("lint-imports")], {}),
            ("djade", [tool("djade"), "--check", "--target-version", "5.2", *templates], {}),
            ("djhtml", [tool("djhtml"), "--check", "--tabwidth", "2", *templates], {}),
            ("makemigrations", [python, "manage.py", "makemigrations", "--check", "--dry-run"], bare),
            ("check --deploy", deploy, served),
        ]
        for name, command, environment in checks:
            say(f"--- {name}")
            if call(*command, **environment):
                failed.append(name)
    say("\n" + (f"不合格: {'、'.join(failed)}" if failed else "すべて合格しました。"))
    return 1 if failed else 0


def names_wanted(file: str) -> set[str]:
    """Return the packages a .in file asks for, in canonical spelling."""
    lines = (line.split("#")[0].strip() for line in (ROOT / file).read_text(encoding="utf-8").splitlines())
    wanted = {
        canonical(re.split(r"[\[<>=!~; ]", line)[0]) for line in lines if line and not line.startswith("-")
    }
    return wanted | (names_wanted("requirements.in") if file == "requirements-dev.in" else set())


def pins(file: str) -> dict[str, tuple[str, bool]]:
    """Return each package pinned in a .txt file with its version and whether hashes follow."""
    text = (ROOT / file).read_text(encoding="utf-8")
    entries = re.findall(r"^([A-Za-z0-9._-]+)(?:\[.*?\])?==(\S+)((?:[^\n]*\\\n)*[^\n]*)", text, re.MULTILINE)
    return {canonical(name): (version, "--hash=sha256:" in rest) for name, version, rest in entries}


def canonical(name: str) -> str:
    """Return a package's name as the registries compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def unpinned() -> list[str]:
    """Return what is wrong with the pinned requirements, told without a network."""
    found = []
    for source, target in (("requirements.in", RUN), ("requirements-dev.in", DEV)):
        pinned = pins(target)
        found += [
            f"{source} の {name} が {target} にありません（dev.py lock）。"
            for name in names_wanted(source) - set(pinned)
        ]
        found += [
            f"{target} の {name} にハッシュがありません。"
            for name, (_, hashed) in pinned.items()
            if not hashed
        ]
    for name, (version, _) in pins(RUN).items():
        if pins(DEV).get(name, ("", True))[0] != version:
            found.append(f"{name} の版が {RUN} と {DEV} で異なります（dev.py lock）。")
    return sorted(found)


def manage(arguments: list[str]) -> int:
    """Run manage.py in the environment."""
    ensure_environment(RUN)
    return call(str(PYTHON), "manage.py", *arguments)


def lock(_: list[str]) -> int:
    """Compile the pinned requirements; no registry's address enters the files."""
    uv = shutil.which("uv")
    if not uv:
        raise Refusal("requirements の固定には uv が必要です。uv を入れてから、もう一度実行してください。")
    quiet = ["--no-header", "--no-emit-index-url", "--no-emit-find-links", "--quiet"]
    compiling = [uv, "pip", "compile", "--universal", "--generate-hashes", *quiet, "--python-version", "3.11"]
    pairs = (("requirements.in", RUN), ("requirements-dev.in", DEV))
    return max(call(*compiling, source, "-o", target) for source, target in pairs)
