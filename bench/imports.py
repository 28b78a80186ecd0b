"""How long an import takes beside only reading its file: `python bench/imports.py [ROWS]`.

Prints ratios against python-calamine reading the same workbook in the same run. Works in a database
and a directory of its own; with DATABASE_URL it uses that one, which must be empty and may be spoilt.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

ROWS = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
HEADINGS = ("順番", "事業番号", "事務事業名", "部局", "課室", "事業の目的", "事業の概要", "成果")
ROOT = Path(__file__).resolve().parent.parent


def write_workbook(path, rows, changed_every=0):
    """Write a list of programs; every n-th has other results when `changed_every` is set."""
    import xlsxwriter

    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("一覧")
        sheet.write_row(0, 0, HEADINGS)
        for number in range(1, rows + 1):
            done = "行い、件数を見直した" if changed_every and number % changed_every == 0 else "行った"
            texts = (
                f"市民の暮らしを支えるため、{number}番の施策を着実に進める。",
                f"・説明会を{number % 9}回開く。関係団体と調整し、年度内に完了させる。",
                f"説明会を{number % 9}回{done}。延べ{number * 3}人が参加した。",
            )
            names = (f"事務事業その{number}推進事業", f"第{number % 20}部", f"第{number % 200}課")
            sheet.write_row(number, 0, (number, number, *names, *texts))


def seconds(act):
    """Return how long an act takes, and what it returns."""
    began = time.perf_counter()
    result = act()
    return time.perf_counter() - began, result


def main():
    """Measure one workbook: read, preview, apply, again, one percent changed."""
    with tempfile.TemporaryDirectory() as directory:
        os.environ.setdefault("DATABASE_URL", f"sqlite:///{directory}/bench.sqlite3")
        os.environ["DATA_DIR"] = directory
        os.environ["DJANGO_SETTINGS_MODULE"] = "tsukuba_kpi.settings"
        sys.path.insert(0, str(ROOT))
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        measure(Path(directory))


def measure(directory):
    """Print the ratios."""
    import python_calamine
    from django.db import connection

    from history.enums import Through
    from history.models import Revision
    from history.services import Authorship
    from importers.enums import DocumentKind, Outcome
    from importers.services.imports import ImportOptions, apply_document, prepare
    from importers.services.read_file import read_file
    from tsukuba_kpi import clock

    path, changed = directory / "list.xlsx", directory / "changed.xlsx"
    write_workbook(path, ROWS)
    write_workbook(changed, ROWS, changed_every=100)
    options = ImportOptions(kind=DocumentKind.PROGRAMS, fiscal_year=2024)

    def calamine():
        return python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()

    def preview(file):
        read = read_file(file, DocumentKind.PROGRAMS)
        return read, prepare(read.document, options).plan

    base = min(seconds(calamine)[0] for _ in range(3))
    previewed, (read, plan) = seconds(lambda: preview(path))
    assert plan.counts[Outcome.NEW] == ROWS, plan.counts
    authorship = Authorship(by=None, at=clock.now(), through=Through.IMPORT)
    applied, _ = seconds(lambda: apply_document(read.document, options, read.file, authorship=authorship))
    revisions = Revision.objects.count()
    again, (_, plan) = seconds(lambda: preview(path))
    assert plan.counts[Outcome.SAME] == ROWS, plan.counts
    differing, (_, plan) = seconds(lambda: preview(changed))
    assert plan.counts[Outcome.CHANGED] == ROWS // 100, plan.counts

    print(f"{ROWS} programs, {connection.vendor}; reading alone {base:.2f} s, {revisions} revisions")
    for name, spent, bound in (
        ("preview of all new", previewed, 3),
        ("apply of all new", applied, 10),
        ("the same file again", again, 3),
        ("one percent changed", differing, 4),
    ):
        verdict = "within" if spent <= bound * base else "ABOVE"
        print(f"{name:22} {spent:7.2f} s {spent / base:6.1f} x   {verdict} the bound of {bound} x")


if __name__ == "__main__":
    main()
