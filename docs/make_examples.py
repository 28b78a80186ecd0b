"""Make the files in docs/examples anew: `python docs/make_examples.py` (works in a database of its own)."""

import os
import sys
import tempfile
from io import StringIO
from pathlib import Path

HERE = Path(__file__).resolve().parent
EXAMPLES = HERE / "examples"
sys.path.insert(0, str(HERE.parent))


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["DATA_DIR"] = scratch
        os.environ.pop("DATABASE_URL", None)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tsukuba_kpi.settings")
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        call_command("load_demo", stdout=StringIO())
        EXAMPLES.mkdir(exist_ok=True)
        write_reports()
        write_form()


def write_reports() -> None:
    """Set the reports of the city's own plan and programs: no value of theirs is made up."""
    from evaluations.enums import SheetState
    from evaluations.models import KpiSheet, ProgramEvaluation, Round
    from reports.paper.typeset import Template, pdf
    from reports.paper.words import report_data
    from reports.selectors.publications import content_of

    finished = {"state": SheetState.FINALISED.value}
    KpiSheet.objects.filter(kpi__is_demo=False).update(**finished)
    ProgramEvaluation.objects.filter(program_sheet__program__is_demo=False).update(**finished)
    for year, name, title in (
        (2019, "annual_report_strategy.pdf", "平成31（令和元）年度　総合戦略KPI"),
        (2024, "annual_report_programs.pdf", "令和６年度　事務事業評価"),
    ):
        collection = Round.objects.get(fiscal_year=year, is_demo=True)
        collection.name = title
        Round.objects.filter(pk=collection.pk).update(name=title)
        collection.plans.set(collection.plans.filter(is_demo=False))
        data = report_data(content_of(collection), city="つくば市", issued="見本（公表文書の内容だけで作成）")
        (EXAMPLES / name).write_bytes(pdf(Template.REPORT, data))


def write_form() -> None:
    """Write a small form with named cells, as a city might have one."""
    import xlsxwriter

    book = xlsxwriter.Workbook(str(EXAMPLES / "form_kpi.xlsx"))
    sheet = book.add_worksheet("評価シート")
    label = book.add_format({"bold": True, "border": 1, "bg_color": "#eeeeee", "valign": "top"})
    plain = book.add_format({"border": 1, "text_wrap": True, "valign": "top"})
    percent = book.add_format({"border": 1, "num_format": "0.0%", "align": "left"})
    sheet.set_column("A:A", 16)
    sheet.set_column("B:D", 24)
    sheet.write("A1", "様式第１号　KPI評価シート", book.add_format({"bold": True, "font_size": 14}))
    rows = [
        ("年度", "年度"),
        ("担当課", "担当課"),
        ("指標名", "指標名"),
        ("基準値", "基準値の表記"),
        ("目標値（R6）", "目標値の表記_R6"),
        ("実績", "実績値の表記"),
        ("進捗率", "進捗率"),
        ("評価", "評価"),
        ("判定の説明", "判定の説明"),
        ("効果発現要因", "効果発現要因"),
        ("課題", "課題"),
        ("今後の取組", "今後の取組"),
    ]
    for line, (words, name) in enumerate(rows, start=3):
        sheet.write(f"A{line}", words, label)
        sheet.merge_range(f"B{line}:D{line}", "", percent if name == "進捗率" else plain)
        book.define_name(name, f"='評価シート'!$B${line}")
    book.close()


if __name__ == "__main__":
    main()
