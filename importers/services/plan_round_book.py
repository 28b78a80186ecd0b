"""What a brought-back workbook would change: every line joined to its sheet, every field three ways."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, cast

from evaluations import permissions
from evaluations.calculations.questions import Question
from evaluations.enums import Act, QuestionTarget
from evaluations.models import Actual, KpiSheet, ProgramEvaluation, Round
from evaluations.permissions import AnySheet
from evaluations.selectors.judged import yardsticks_of
from evaluations.selectors.questioned import questions_of_sheets
from evaluations.selectors.sheets import costs_of
from evaluations.selectors.tasks import kpi_sheets, program_evaluations, title_of
from importers.calculations.rows import SourceRow
from importers.selectors.book_identity import LineIdentity, read_identity
from importers.selectors.book_values import as_cell
from importers.selectors.round_books import asked_on, questions_asked
from importers.services.round_cells import ReadLine, Standing, read_line
from organization.models import User
from tsukuba_kpi.lib.fiscal_year import day_words

FORGED = (
    "この行の控え（隠れた列の文字）が書き換えられているか、ほかのシステムのものです。"
    "取り出したままの行に書き写してください。"
)
TWICE = (
    "同じ控えを持つ行が{count}行あります（行ごと複写されたもの）。取り出したときの行だけを残してください。"
)
TORN = (
    "この行の控えは「{kept}」のものですが、行には「{seen}」と書かれています"
    "（並べ替えで列がずれたか、名前が書き換えられています）。"
    "取り出したままの行に書き写してください。"
)
NAMELESS = "番号と名前の列が両方ともないため、どの行か確かめられません。取り出し直してください。"
OTHER_ROUND = (
    "この行は別の照会（{round}）で取り出したものなので、取り込めません。この照会で取り出し直してください。"
)
ABSENT = "この行のシートはなくなったか、あなたの課室のものではなくなりました。"
EXPIRED = (
    "このシートの再開は{day}に終わりました（状態は「{state}」）。"
    "続けて直すときは、企画部門に期限を延ばしてもらってください。"
)
NOT_NOW = "このシートは「{state}」（照会は「{round}」）のため変更できません。"
NOT_YOURS = "入力できるのは、担当課室の職員だけです。"


@dataclass(frozen=True, kw_only=True)
class BookLine:
    """One line of the workbook, joined and compared; `refused` says why the whole of it is not taken."""

    source: SourceRow
    title: str
    identity: LineIdentity | None = None
    standing: Standing | None = None
    read: ReadLine | None = None
    refused: str = ""

    @property
    def problems(self) -> Mapping[str, str]:
        """Return what cannot be taken, by field; "" for the whole line."""
        found = dict(self.read.problems) if self.read else {}
        return {"": self.refused} | found if self.refused else found


@dataclass(frozen=True, kw_only=True)
class BookPlan:
    """A whole workbook as compared. `error` refuses the file with a sentence."""

    lines: tuple[BookLine, ...]
    error: str = ""
    # Sheets that the workbook's section has in the round and the workbook does not mention any more.
    absent: int = 0


def plan_round_book(
    rows: Sequence[SourceRow], *, collection: Round, user: User, today: date, file: str
) -> BookPlan:
    """Join a workbook's lines to the round's sheets and compare them. Writes nothing.

    The number of queries does not depend on the lines.
    """
    lines = [_identified(row) for row in rows]
    error = _file_error(lines, collection, file)
    if error:
        return BookPlan(lines=(), error=error)
    lines = _without_copies(lines)
    standings = _standings(lines, collection, user)
    compared = [_compared(line, standings, collection, user, today) for line in lines]
    planned = tuple(_questioned(compared, user))
    return BookPlan(lines=planned, absent=_absent(planned, collection, user))


# --- whose line it is ---------------------------------------------------------------------------------------


def _identified(row: SourceRow) -> BookLine:
    names = _names(row)
    title = " ".join(text for text in (names.get("code"), names.get("name")) if text)
    if row.refused is not None:
        return BookLine(source=row, title=title, refused=row.refused)
    identity = read_identity(str(row.extra["identity"]))
    if identity is None:
        return BookLine(source=row, title=title, refused=FORGED)
    kept = identity.name.split("\n", 1)
    own = dict(zip(("code", "name"), kept, strict=False))
    seen = {key: text for key, text in names.items() if as_cell(text) != own.get(key, "")}
    refused = ""
    if not names:
        refused = NAMELESS
    elif seen:
        refused = TORN.format(kept=" ".join(kept), seen=title or "空欄")
    return BookLine(source=row, title=" ".join(kept), identity=identity, refused=refused)


def _names(row: SourceRow) -> dict[str, str]:
    return cast(dict[str, str], row.extra.get("names", {}))


def _file_error(lines: Sequence[BookLine], collection: Round, file: str) -> str:
    """Return why nothing of the file can be taken, blank where some of it may."""
    if not lines:
        return f"「{file}」には、取り込める行がありません。"
    known = [line.identity for line in lines if line.identity is not None]
    if not known:
        return (
            f"「{file}」には、このシステムで取り出した控えのある行がありません。"
            "「Excelで取り出す」で取り出したファイルを使ってください。"
        )
    others = {identity.round_id for identity in known}
    if collection.pk in others:
        return ""
    names = "」「".join(_round_names(others).values()) or "なくなった照会"
    return (
        f"「{file}」は「{names}」で取り出したものなので、「{collection.name}」には取り込めません。"
        "この照会で取り出し直してください。"
    )


def _round_names(ids: Iterable[int]) -> dict[int, str]:
    return dict(Round.objects.filter(pk__in=set(ids)).values_list("pk", "name"))


def _without_copies(lines: Sequence[BookLine]) -> list[BookLine]:
    counts = Counter(key for line in lines if (key := _key(line)) is not None)
    found = []
    for line in lines:
        key = _key(line)
        count = counts[key] if key is not None else 0
        found.append(replace(line, refused=TWICE.format(count=count)) if count > 1 else line)
    return found


def _key(line: BookLine) -> tuple[str, int] | None:
    return (line.identity.kind, line.identity.pk) if line.identity is not None else None


# --- what stands now ----------------------------------------------------------------------------------------

Key = tuple[str, int]


def _standings(lines: Sequence[BookLine], collection: Round, user: User) -> dict[Key, Standing]:
    """Return the sheets of the lines that exist for the person, as they stand, by kind and key."""
    wanted: dict[str, list[int]] = {"kpi": [], "program": []}
    for line in lines:
        if line.identity is not None and line.identity.kind in wanted:
            wanted[line.identity.kind].append(line.identity.pk)
    visible_kpis = permissions.visible_to(user, kpi_sheets().select_related("round__rating_scheme"))
    kpis = [cast(KpiSheet, s) for s in visible_kpis.filter(round=collection, pk__in=wanted["kpi"])]
    visible_programs = permissions.visible_to(user, program_evaluations())
    programs = [
        cast(ProgramEvaluation, s)
        for s in visible_programs.filter(round=collection, pk__in=wanted["program"])
    ]
    questions = questions_asked(collection)
    costs = costs_of(sheet.program_sheet for sheet in programs) if collection.asks_costs else {}
    found: dict[Key, Standing] = {
        ("program", sheet.pk): Standing(
            sheet=sheet,
            actual=None,
            asked=asked_on(sheet, questions),
            cost=costs.get(sheet.program_sheet_id),
        )
        for sheet in programs
    }
    return found | _kpi_standings(kpis, collection, questions[QuestionTarget.KPI])


def _kpi_standings(kpis: Sequence[KpiSheet], collection: Round, asked: list[Any]) -> dict[Key, Standing]:
    ids = [sheet.kpi_id for sheet in kpis]
    rows = Actual.objects.filter(
        kpi_id__in=ids,
        fiscal_year=collection.fiscal_year,
        edition=collection.edition,
        is_demo=collection.is_demo,
    )
    actuals: dict[int, Actual] = {actual.kpi_id: actual for actual in rows}
    judged = yardsticks_of(collection, ids)
    found: dict[Key, Standing] = {}
    for sheet in kpis:
        scheme = judged[sheet.kpi_id][1]
        found["kpi", sheet.pk] = Standing(
            sheet=sheet,
            actual=actuals.get(sheet.kpi_id),
            asked=asked,
            grades=tuple(band.label for band in scheme.bands) if scheme else (),
        )
    return found


def _compared(
    line: BookLine, standings: Mapping[Key, Standing], collection: Round, user: User, today: date
) -> BookLine:
    identity = line.identity
    if line.refused or identity is None:
        return line
    if identity.round_id != collection.pk:
        names = _round_names([identity.round_id])
        return replace(line, refused=OTHER_ROUND.format(round=names.get(identity.round_id, "なくなったもの")))
    standing = standings.get((identity.kind, identity.pk))
    if standing is None:
        return replace(line, refused=ABSENT)
    extra = line.source.extra
    read = read_line(
        standing,
        cast(Mapping[str, str], line.source.fields),
        identity.base,
        unread=identity.unread,
        problems=cast(Mapping[str, str], extra.get("problems", {})),
        today=today,
    )
    remarks = cast(Mapping[str, str], extra.get("remarks", {}))
    told = {key: f"セルにコメントがあります（取り込みません）：{text}" for key, text in remarks.items()}
    read = replace(read, notices={**told, **read.notices})
    refused = _state_refusal(standing.sheet, read, user, today)
    return replace(line, title=title_of(standing.sheet), standing=standing, read=read, refused=refused)


def _questioned(lines: Sequence[BookLine], user: User) -> list[BookLine]:
    """Ask about the figures that the workbook brings what the page asks while they are typed."""
    typed = {
        sheet.pk: _typed(line, sheet)
        for line in lines
        if not line.refused and line.read is not None and (sheet := _kpi_sheet(line)) is not None
    }
    sheets = [sheet for line in lines if (sheet := _kpi_sheet(line)) is not None and sheet.pk in typed]
    asked = questions_of_sheets(user, sheets, typed)
    return [_with_questions(line, asked) for line in lines]


def _kpi_sheet(line: BookLine) -> KpiSheet | None:
    sheet = line.standing.sheet if line.standing else None
    return sheet if isinstance(sheet, KpiSheet) else None


def _typed(line: BookLine, sheet: KpiSheet) -> Actual | None:
    """Return the figure that a line proposes, None where it proposes none."""
    read = line.read
    if read is None or not any(each.field == "figure" and each.proposes for each in read.differences):
        return None
    if read.figure.status is None:
        return None
    return Actual(
        kpi=sheet.kpi,
        fiscal_year=sheet.round.fiscal_year,
        edition=sheet.round.edition,
        value=read.figure.value,
        status=read.figure.status.value,
    )


def _with_questions(line: BookLine, asked: Mapping[int, Sequence[Question]]) -> BookLine:
    sheet = _kpi_sheet(line)
    found = asked.get(sheet.pk, ()) if sheet is not None else ()
    if not found or line.read is None:
        return line
    words = "".join(question.message for question in found)
    notices = {**line.read.notices, "figure": line.read.notices.get("figure", "") + words}
    return replace(line, read=replace(line.read, notices=notices))


def _state_refusal(sheet: AnySheet, read: ReadLine, user: User, today: date) -> str:
    """Return why a line that would change something may not; one that changes nothing needs no leave."""
    if not (read.problems or any(each.proposes for each in read.differences)):
        return ""
    if permissions.can_act(user, sheet, Act.EDIT):
        return ""
    if not permissions.could_act(user, sheet, Act.EDIT):
        return NOT_YOURS
    if sheet.reopened_until is not None and sheet.reopened_until < today:
        return EXPIRED.format(day=day_words(sheet.reopened_until), state=sheet.get_state_display())
    return NOT_NOW.format(state=sheet.get_state_display(), round=sheet.round.get_state_display())


def _absent(lines: Sequence[BookLine], collection: Round, user: User) -> int:
    """Return how many sheets of the workbook's sections stand in no line."""
    sections = {line.identity.section_id for line in lines if line.identity is not None}
    kinds = {line.identity.kind for line in lines if line.identity is not None}
    known = {_key(line) for line in lines}
    missing = 0
    for kind, sheets in (("kpi", KpiSheet.objects.all()), ("program", ProgramEvaluation.objects.all())):
        if kind in kinds:
            own = permissions.visible_to(user, sheets).filter(round=collection, section_id__in=sections)
            missing += sum((kind, pk) not in known for pk in own.values_list("pk", flat=True))
    return missing
