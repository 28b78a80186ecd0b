"""Doing any act of the table on a sheet, as tests over all of them need it."""

from datetime import UTC, date, datetime
from decimal import Decimal

from evaluations.enums import Act, ValueStatus
from evaluations.models import KpiSheet
from evaluations.permissions import AnySheet
from evaluations.selectors.sheets import figure_version
from evaluations.services import workflow
from evaluations.services.sheets import (
    AnswersEntry,
    FigureEntry,
    ProgramTexts,
    correct_kpi_sheet,
    correct_program_evaluation,
    save_kpi_sheet,
    save_program_evaluation,
)
from evaluations.services.workflow import Assessment, Seen
from history.services import Authorship
from organization.models import User

AT = datetime(2026, 5, 20, 1, 0, tzinfo=UTC)


def by(user: User | None, **changes) -> Authorship:
    return Authorship(by=user, at=changes.pop("at", AT), **changes)


def seen(sheet: AnySheet) -> Seen:
    return Seen(sheet=sheet.version, figure=figure_version(sheet))


def fresh(sheet: AnySheet) -> AnySheet:
    return type(sheet).objects.select_related("round", "section").get(pk=sheet.pk)


def figure(value: object = 191, **changes) -> FigureEntry:
    number = None if value is None else Decimal(str(value))
    return FigureEntry(value=number, **{"status": ValueStatus.FINAL, **changes})


def save(sheet: AnySheet, user: User, entered: FigureEntry | None = None, **answers) -> bool:
    """Save a KPI sheet with a figure and answers, on the versions as they are now."""
    return save_kpi_sheet(
        sheet=sheet,
        figure=entered or figure(),
        entry=AnswersEntry(answers=answers),
        seen=seen(sheet),
        authorship=by(user),
    )


def perform(act: Act, sheet: AnySheet, user: User) -> bool:
    """Do an act with everything it needs; the figure entered differs from what the tests put there."""
    common = {"sheet": sheet, "seen": seen(sheet), "authorship": by(user)}
    if act in {Act.EDIT, Act.CORRECT}:
        return _enter(act, sheet, user)
    match act:
        case Act.RETURN:
            return workflow.return_sheet(reason="根拠が不足", field_comments={"figure": "出典は？"}, **common)
        case Act.WITHDRAW:
            return workflow.withdraw(reason="誤りに気づいた", **common)
        case Act.REOPEN:
            return workflow.reopen(reason="集計の見直し", until=date(2099, 1, 1), **common)
        case Act.ASSESS:
            return workflow.assess(assessment=Assessment(planning_comment="妥当である"), **common)
        case Act.OPINE:
            return workflow.opine(opinion="目標を見直すこと", **common)
        case Act.REPLY:
            return workflow.reply(text="次期計画で見直す", **common)
        case _:
            return getattr(workflow, act.value)(**common)


def _enter(act: Act, sheet: AnySheet, user: User) -> bool:
    common = {
        "entry": AnswersEntry(self_grade="順調", grade_reason="年度末に上向いた"),
        "seen": seen(sheet),
        "authorship": by(user),
    }
    if act is Act.CORRECT:
        common["reason"] = "集計の誤り"
    if isinstance(sheet, KpiSheet):
        write = save_kpi_sheet if act is Act.EDIT else correct_kpi_sheet
        return write(sheet=sheet, figure=figure(205), **common)
    texts = ProgramTexts(purpose="目的", summary="概要", results="新しい成果")
    write = save_program_evaluation if act is Act.EDIT else correct_program_evaluation
    return write(evaluation=sheet, texts=texts, **common)
