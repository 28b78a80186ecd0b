"""Documents as readers hand them on, made by hand, and shortcuts to plan and apply them."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from history.enums import Through
from history.services import Authorship
from importers.calculations.plan import ChangePlan
from importers.calculations.rows import Doubt, Inference, Location, SourceDocument, SourceRow
from importers.enums import DocumentKind
from importers.services.imports import Applied, ImportedFile, ImportOptions, apply_document, prepare

FIXTURES = Path(__file__).parents[3] / "fixtures"
NOW = datetime(2025, 5, 1, 9, 0, tzinfo=UTC)
FILE = ImportedFile(
    name="list.txt", sha256="a" * 64, size=3, format="txt", path=FIXTURES / "midoridai" / "strategy.txt"
)


def program(number: int = 1, /, **fields: Any) -> dict[str, Any]:
    """Return the fields of one program."""
    return {
        "order": number,
        "number": number,
        "name": f"事業その{number}",
        "bureau": "総合政策部",
        "section": "秘書課",
        "purpose": "目的の文。",
        "summary": "概要の文。",
        "results": "成果の文。",
    } | fields


def indicator(kpi: str | None = "利用者数", /, **fields: Any) -> dict[str, Any]:
    """Return the fields of one row of a strategy list: by default a KPI of measure Ⅰ-１-（１）."""
    return {
        "kind": "measure",
        "goal": "Ⅰ",
        "policy": 1,
        "measure": 1,
        "node": "移動しやすいまち",
        "project": None,
        "kpi": kpi,
        "sections": ["交通課"],
    } | fields


def grant(kpi: str | None = "参加者数", /, **fields: Any) -> dict[str, Any]:
    """Return the fields of one row of a grant program."""
    coded = {"kind": "grant", "goal": None, "policy": None, "measure": None, "node": "交流事業"}
    return indicator(kpi, **(coded | fields))


def row(fields: dict[str, Any], line: int = 1, **parts: Any) -> SourceRow:
    """Return a row of a text file."""
    return SourceRow(Location("list.txt", line=line), fields, **parts)


def document(kind: DocumentKind, rows: list[Any], file: str = "list.txt") -> SourceDocument:
    """Return a document of rows, given as rows or as their fields."""
    made = [r if isinstance(r, SourceRow) else row(r, line) for line, r in enumerate(rows, start=1)]
    return SourceDocument(file, kind, tuple(made))


def programs(*rows: Any) -> SourceDocument:
    """Return a list of programs."""
    return document(DocumentKind.PROGRAMS, list(rows))


def strategy(*rows: Any, file: str = "list.txt") -> SourceDocument:
    """Return a strategy list."""
    return document(DocumentKind.STRATEGY, list(rows), file)


def in_doubt(name: str, *, confidence: str = "0.6", **doubt: Any) -> dict[str, Any]:
    """Return the parts of a row whose one field was inferred and waits for a person."""
    return {
        "inferred": {name: Inference(Decimal(confidence), "推定")},
        "doubts": (Doubt("inferred", name, "確認してください。", **doubt),),
    }


def options(doc: SourceDocument, **given: Any) -> ImportOptions:
    """Return the options of a document; programs are of FY 2024."""
    assert doc.kind is not None
    year = {"fiscal_year": 2024} if doc.kind is DocumentKind.PROGRAMS else {}
    return ImportOptions(kind=doc.kind, **(year | given))


def imported(doc: SourceDocument, **given: Any) -> Applied:
    """Apply a document."""
    authorship = Authorship(by=None, at=NOW, through=Through.IMPORT)
    return apply_document(doc, options(doc, **given), FILE, authorship=authorship)


def planned(doc: SourceDocument, **given: Any) -> ChangePlan:
    """Return the plan of changes of a document."""
    return prepare(doc, options(doc, **given)).plan


def outcomes(plan: ChangePlan) -> list[str]:
    """Return the rows' outcomes."""
    return [row.outcome.value for row in plan.rows]


def codes(plan: ChangePlan, index: int = 0) -> list[str]:
    """Return the codes of what is said about one row."""
    return [doubt.code for doubt in plan.rows[index].doubts]


def by_hand(user: Any = None) -> Authorship:
    """Return the authorship of a person at the screen."""
    return Authorship(by=user, at=NOW, through=Through.BROWSER)


def truth(name: str) -> list[dict[str, Any]]:
    """Return what a correct import of a sample of fixtures/midoridai gives."""
    return json.loads((FIXTURES / "midoridai" / "truth" / name).read_text(encoding="utf-8"))
