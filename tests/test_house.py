"""Rules of the house that neither import-linter nor ruff can hold (docs/architecture.md says why)."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import get_commands
from django.urls import URLPattern, URLResolver, get_resolver

from importers.management.commands.load_demo import ACCOUNTS, PASSWORD

ROOT = Path(__file__).resolve().parent.parent
APPS = ("history", "organization", "strategy", "programs", "evaluations", "importers", "reports")
PACKAGES = ("tsukuba_kpi", *APPS, "workbench", "tests")
LONGEST = 550  # "about 500": a file that grows past it becomes a package of the same name
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "tools", "base"}
# The one place that reads the clock, and the one property that may (ADR 0004).
CLOCKS = {"tsukuba_kpi/clock.py", "organization/models.py"}


def modules(*packages: str) -> Iterator[Path]:
    for package in packages:
        for file in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in file.parts:
                yield file.relative_to(ROOT)


def tree(file: Path) -> ast.Module:
    return ast.parse((ROOT / file).read_text(encoding="utf-8"), str(file))


def templates() -> list[Path]:
    return sorted(file.relative_to(ROOT) for file in (ROOT / "templates").rglob("*.html"))


def test_no_module_has_a_name_that_says_nothing():
    vague = [file for file in modules(*PACKAGES) if re.split(r"_", file.stem)[-1] in VAGUE_NAMES]

    assert vague == []


def test_modules_are_short_enough_to_be_read_at_once():
    lines = {file: (ROOT / file).read_text(encoding="utf-8").count("\n") for file in modules(*PACKAGES)}

    assert {file: count for file, count in lines.items() if count > LONGEST} == {}


def reads_clock(node: ast.AST) -> bool:
    """Return whether a call asks what time it is: localdate(moment) only converts."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return False
    owner = ast.unparse(node.func.value).rsplit(".", 1)[-1]
    asks = node.func.attr in {"now", "today", "utcnow"} and owner in {"datetime", "date", "timezone"}
    return asks or (owner == "timezone" and node.func.attr in {"localdate", "localtime"} and not node.args)


def test_only_the_clock_reads_the_clock():
    readers = {
        file.as_posix()
        for file in modules("tsukuba_kpi", *APPS)
        if any(reads_clock(node) for node in ast.walk(tree(file)))
    }

    assert readers == CLOCKS


def test_figures_are_never_floats():
    """A float in the arithmetic would round where nobody looks. Readers measure layouts: not here."""
    found = []
    for file in modules("tsukuba_kpi/lib", *(app for app in APPS if app not in {"importers", "reports"})):
        for node in ast.walk(tree(file)):
            literal = isinstance(node, ast.Constant) and isinstance(node.value, float)
            call = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float"
            if literal or call:
                found.append(f"{file}:{node.lineno}")

    assert found == []


def test_rules_hide_neither_in_signals_nor_in_save():
    found = []
    for file in modules("tsukuba_kpi", *APPS):
        for node in ast.walk(tree(file)):
            if isinstance(node, ast.FunctionDef):
                decorators = {ast.unparse(d).split("(")[0].rsplit(".", 1)[-1] for d in node.decorator_list}
                if "receiver" in decorators or (node.name == "save" and file.stem == "models"):
                    found.append(f"{file}:{node.lineno} {node.name}")

    assert found == []


def test_migrations_are_named():
    numbered = [
        file.relative_to(ROOT)
        for app in APPS
        for file in (ROOT / app / "migrations").glob("*.py")
        if re.search(r"_auto_|^\d{4}_(alter|remove|rename|add)_.*_and_more", file.stem)
    ]

    assert numbered == []


@pytest.mark.parametrize("file", templates(), ids=str)
def test_template_has_nothing_that_the_content_security_policy_refuses(file):
    text = (ROOT / file).read_text(encoding="utf-8")

    inline = re.findall(r"<script(?![^>]*\bsrc=)[^>]*>|<style\b|\sstyle=|\son[a-z]+=|javascript:", text)

    assert inline == []


@pytest.mark.parametrize("file", templates(), ids=str)
def test_template_asks_nothing_of_other_servers(file):
    text = (ROOT / file).read_text(encoding="utf-8")

    outside = re.findall(r"""(?:src|href|action)=["'](?:https?:)?//[^"']+""", text)

    assert outside == []


def patterns(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            if entry.namespace != "admin":
                yield from patterns(entry, f"{entry.namespace}:" if entry.namespace else prefix)
        else:
            yield prefix, entry


def test_one_name_goes_through_view_and_address():
    renamed = {
        f"{prefix}{pattern.name}": pattern.callback.__name__
        for prefix, pattern in patterns(get_resolver())
        if not hasattr(pattern.callback, "view_class")
        and pattern.callback.__name__ not in {pattern.name, f"{pattern.name}_page"}  # help is Python's
    }

    assert renamed == {}


def environment_names() -> set[str]:
    """Return every variable that the settings read."""
    found = set()
    for file in (Path("tsukuba_kpi/settings.py"), Path("tsukuba_kpi/environment.py")):
        for node in ast.walk(tree(file)):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                called = ast.unparse(node.func).rsplit(".", 1)[-1]
                if called in {"text", "flag", "number", "names"}:
                    found.add(str(node.args[0].value))
    return found


def test_every_variable_of_the_environment_is_documented_and_none_else():
    text = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    section = text.split("## 環境変数")[1].split("\n## ")[0]

    documented = set(re.findall(r"^\| `([A-Z_]+)`", section, re.MULTILINE))

    assert documented == environment_names() | {"PORT"}


def markdown() -> list[Path]:
    return [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]


@pytest.mark.parametrize("file", markdown(), ids=lambda file: file.name)
def test_links_between_documents_lead_somewhere(file):
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", file.read_text(encoding="utf-8"))

    assert [target for target in targets if not (file.parent / target).exists()] == []


def test_adr_names_are_numbered_one_after_the_other():
    numbers = [file.name[:4] for file in sorted((ROOT / "docs/adr").glob("*.md"))]

    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]


def test_readme_tells_the_demo_accounts():
    text = (ROOT / "README.md").read_text(encoding="utf-8")

    told = re.findall(r"^\| `(demo-[a-z-]+)` \|", text, re.MULTILINE)

    assert told == [account.username for account in ACCOUNTS]
    assert f"`{PASSWORD}`" in text


@pytest.mark.parametrize("file", markdown(), ids=lambda file: file.name)
def test_documents_name_commands_that_exist(file):
    named = re.findall(r"manage(?:\.py)? ([a-z_]+)", file.read_text(encoding="utf-8"))

    assert set(named) - set(get_commands()) == set()


@pytest.mark.parametrize(
    "sheet", sorted((ROOT / "static" / "css").glob("*.css")), ids=lambda sheet: sheet.name
)
def test_every_rule_of_a_style_sheet_ends(sheet):
    rules = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)

    # A lost brace makes the browser read all that follows as part of one rule, and say nothing.
    assert rules.count("{") == rules.count("}")
