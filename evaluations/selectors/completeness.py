"""What a sheet still lacks before its section may hand it in: one message for each field."""

from datetime import date

from evaluations.calculations.costs import LABOUR, SOURCES
from evaluations.enums import NUMERIC_STATUSES, QuestionKind, ValueStatus
from evaluations.models import Actual, KpiSheet
from evaluations.permissions import AnySheet
from evaluations.selectors import judged, sheets
from organization.models import User

# Statuses that tell nothing by themselves: why is asked for in words.
NEEDS_NOTE = frozenset({ValueStatus.NOT_SURVEYED, ValueStatus.UNKNOWN, ValueStatus.NOT_APPLICABLE})


def missing(sheet: AnySheet, *, viewer: User, today: date) -> dict[str, str]:
    """Return what stands in the way of handing a sheet in: field → what to do. Empty when complete.

    `viewer` is who hands in: a grade is compared with the one they see computed.
    """
    problems: dict[str, str] = {}
    if isinstance(sheet, KpiSheet):
        problems |= _figure_problems(sheets.actual_of(sheet), today)
        problems |= _grade_problems(sheet, viewer)
    problems |= _text_problems(sheet)
    problems |= _answer_problems(sheet)
    return problems


def _figure_problems(actual: Actual | None, today: date) -> dict[str, str]:
    if actual is None:
        return {"figure": "実績値を入力するか、値がないときは「値の状態」と理由を入力してください。"}
    problems = {}
    status = ValueStatus(actual.status)
    if actual.needs_review:
        problems["figure"] = (
            "文書から読み取った値です。正しいことを確かめ、「確認した」に印を付けてください。"
        )
    if status is ValueStatus.PENDING and actual.expected_on is None:
        problems["expected_on"] = "集計中のときは、値が出る予定日を入力してください。"
    elif status is ValueStatus.PENDING and actual.expected_on is not None and actual.expected_on < today:
        problems["expected_on"] = "予定日を過ぎています。実績値を入力するか、新しい予定日を入力してください。"
    if status in NEEDS_NOTE and not actual.note.strip():
        problems["note"] = f"「{status.label}」の理由を注記に書いてください。"
    if status in NUMERIC_STATUSES and actual.value is None:
        problems["figure"] = "実績値を入力してください。"
    return problems


def _grade_problems(sheet: KpiSheet, viewer: User) -> dict[str, str]:
    """A section's own grade may differ from the computed one, with a reason; left empty it agrees."""
    if not sheet.self_grade:
        return {}
    plan = judged.plan_of(sheet)
    scheme = judged.scheme_for(sheet, plan)
    if scheme is None or scheme.band_named(sheet.self_grade) is None:
        return {"self_grade": "課の評価を選び直してください（評価基準の区分にない評価です）。"}
    verdict = judged.sheet_verdict(sheet, judged.sheet_figures(viewer, sheet), plan, scheme)
    computed = verdict.grade.label if verdict and verdict.grade else None
    if computed != sheet.self_grade and not sheet.grade_reason.strip():
        told = f"計算では「{computed}」です。" if computed else "計算では判定できません。"
        return {"grade_reason": f"{told}異なる評価にする理由を書いてください。"}
    return {}


def _text_problems(sheet: AnySheet) -> dict[str, str]:
    if isinstance(sheet, KpiSheet):
        return {}
    yearly = sheet.program_sheet
    problems = {}
    if sheet.round.asks_costs:
        cost = sheets.costs_of([yearly]).get(yearly.pk)
        for name in (*SOURCES, LABOUR):
            if getattr(cost, name, None) is None:
                problems[f"cost.{name}"] = "事業費を入力してください。ないときは 0 と書きます。"
    if not yearly.results.strip():
        problems["results"] = "成果を入力してください。"
    if yearly.needs_review:
        problems["confirmed"] = (
            "文書から読み取った本文に確認待ちの箇所があります。確かめて「確認した」に印を付けてください。"
        )
    return problems


def _answer_problems(sheet: AnySheet) -> dict[str, str]:
    problems = {}
    for question in sheets.questions_of(sheet):
        answer = sheet.answers.get(question.key, "").strip()
        field = f"answers.{question.key}"
        if question.is_required and not answer:
            verb = "選んで" if question.kind == QuestionKind.CHOICE else "入力して"
            problems[field] = f"「{question.label}」を{verb}ください。"
        elif answer and question.kind == QuestionKind.CHOICE and answer not in question.choices:
            problems[field] = f"「{question.label}」は選択肢から選び直してください。"
        elif question.limit and len(answer) > question.limit:
            over = len(answer) - question.limit
            problems[field] = (
                f"「{question.label}」は{question.limit}文字までです（{over}文字超えています）。"
            )
    return problems
