"""From the chosen division of a record to a row: texts, doubts with their alternatives, confidence."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from importers.calculations.rows import CERTAIN, Doubt, Inference, Location, SourceRow
from importers.sources.txt_lines import Gap, Piece
from importers.sources.txt_programs.boundaries import Division, RecordCosts
from importers.sources.txt_programs.confidence import (
    SURE_ENOUGH,
    BoundaryReading,
    Strain,
    boundary_readings,
    strains,
)
from importers.sources.txt_programs.departments import DepartmentReading
from importers.sources.txt_programs.habits import PURPOSE, RESULTS, SUMMARY
from importers.sources.txt_programs.heads import joined
from importers.sources.txt_programs.layout import ProgramLayout, RecordEvidence
from importers.sources.txt_programs.records import RecordStart, whole_number
from importers.sources.txt_programs.texts import cell_text, no_value

LABELS = {
    "order": "順番",
    "number": "事業番号",
    "name": "事務事業名",
    "bureau": "部局",
    "section": "部署名",
    "purpose": "目的",
    "summary": "概要",
    "results": "成果",
}
_FORMER = re.compile(r"[（(〔【]\s*旧(?:名称|事業名|称)?\s*[：:　 ]?\s*(?P<former>.+?)\s*[）)〕】]$")
_GARBLED = re.compile("[\ufffd\ue000-\uf8ff]")


@dataclass(frozen=True, slots=True)
class ReadRecord:
    """One record with its start, its evidence and its divisions, cheapest first (empty: not readable)."""

    start: RecordStart
    record: RecordEvidence
    divisions: Sequence[Division]

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """The pieces from the number on."""
        return self.record.evidence.pieces

    def department(self) -> str:
        """Return the department's text in the best division."""
        head = self.divisions[0].head
        return joined(self.pieces[head.department_at : head.end])


def build_row(
    read: ReadRecord,
    raw: str,
    layout: ProgramLayout,
    departments: Mapping[str, DepartmentReading],
    file_name: str,
) -> SourceRow:
    """Return the row of one record."""
    place = Location(file=file_name, page=read.pieces[0].line.page, line=read.pieces[0].line.number)
    if not read.divisions:
        return refused_row(read.start, place, raw)
    best = read.divisions[0]
    costs = RecordCosts(read.record.evidence, layout.text)
    fields = _fields(read, best, costs, departments)
    readings = boundary_readings(read.divisions)
    doubts = [
        *_boundary_doubts(read, readings, costs, departments),
        *_strain_doubts(strains(read.record.evidence, best, layout)),
        *_value_doubts(read, fields, best),
    ]
    inferred = _inferences(readings)
    department = departments.get(read.department())
    if department is not None and department.confidence < CERTAIN:
        for name in ("bureau", "section"):
            known = inferred.get(name)
            if known is None or known.confidence > department.confidence:
                inferred[name] = Inference(department.confidence, department.reason)
        doubts += _department_doubts(department)
    name = str(fields["name"] or "")
    former = _FORMER.search(name)
    extra = {"former_name": former["former"] if former else None}
    return SourceRow(place, fields, raw, extra, inferred, tuple(doubts))


def refused_row(start: RecordStart, place: Location, raw: str) -> SourceRow:
    """Return the row of a record whose cells cannot be told apart."""
    fields: dict[str, object] = dict.fromkeys(LABELS)
    fields |= {"order": start.order, "number": start.number}
    reason = (
        f"{place}：順番と事業番号の後に、事業名・部署名・本文を見分けられません。"
        "文書の該当箇所を確認し、Excelの一覧で取り込んでください。"
    )
    return SourceRow(place, fields, raw, refused=reason)


def _fields(
    read: ReadRecord, division: Division, costs: RecordCosts, departments: Mapping[str, DepartmentReading]
) -> dict[str, object]:
    head = division.head
    pieces = read.pieces
    department = joined(pieces[head.department_at : head.end])
    reading = departments.get(department) or DepartmentReading(None, department, CERTAIN, "")
    ends = (division.purpose_at, division.summary_at, division.results_at, len(pieces))
    texts = [
        cell_text(pieces[start:end], costs.wrapped[column][start:end])
        for column, start, end in zip((PURPOSE, SUMMARY, RESULTS), ends, ends[1:], strict=False)
    ]
    missing = no_value(department)
    return {
        "order": read.start.order,
        "number": read.start.number,
        "name": _name_text(pieces[head.start : head.department_at]),
        "bureau": None if missing else reading.bureau,
        "section": None if missing else reading.section,
        "purpose": None if no_value(texts[0]) else texts[0],
        "summary": None if no_value(texts[1]) else texts[1],
        "results": None if no_value(texts[2]) else texts[2],
    }


def _name_text(pieces: Sequence[Piece]) -> str:
    return cell_text(pieces, [not (index and pieces[index - 1].typed_break) for index in range(len(pieces))])


def _inferences(readings: Sequence[BoundaryReading]) -> dict[str, Inference]:
    """A field is as sure as the less sure of its two boundaries."""
    result: dict[str, Inference] = {}
    for reading in readings:
        if reading.confidence >= CERTAIN:
            continue
        for name in (reading.before, reading.after):
            known = result.get(name)
            if known is None or reading.confidence < known.confidence:
                words = f"「{LABELS[reading.before]}」と「{LABELS[reading.after]}」"
                result[name] = Inference(
                    reading.confidence, f"{words}の境目を、行の長さ・文末・箇条書きの並びから判断しました。"
                )
    return result


def _boundary_doubts(
    read: ReadRecord,
    readings: Sequence[BoundaryReading],
    costs: RecordCosts,
    departments: Mapping[str, DepartmentReading],
) -> list[Doubt]:
    doubts = []
    best = _fields(read, read.divisions[0], costs, departments)
    for reading in readings:
        if reading.confidence >= SURE_ENOUGH:
            continue
        alternatives: tuple[Mapping[str, object], ...] = ()
        if reading.alternative is not None:
            other = _fields(read, reading.alternative, costs, departments)
            alternatives = ({name: value for name, value in other.items() if value != best[name]},)
        doubts.append(
            Doubt(
                "cell_boundary",
                reading.after,
                f"「{LABELS[reading.before]}」と「{LABELS[reading.after]}」の境目が文書の配置だけでは決まりません"
                f"（確からしさ{_percent(reading.confidence)}）。両方の文章を確認してください。",
                alternatives=alternatives,
            )
        )
    return doubts


def _percent(confidence: Decimal) -> str:
    return f"{round(confidence * 100)}％"


_STRAIN_MESSAGES = {
    "line_too_wide": "列の幅に収まらない行があります。別の欄の行が混じっていないか確認してください。",
    "page_break_inside": "欄の途中でページが変わっています。文章のつながりを確認してください。",
    "gap_disagrees": "行と行の間隔が、読み取った欄の分け方と合いません。欄の分け方を確認してください。",
    "line_not_full": "行の途中で終わる文があります。文章のつながりを確認してください。",
}


def _strain_doubts(found: Sequence[Strain]) -> list[Doubt]:
    return [
        Doubt(strain.code, strain.field, f"「{LABELS[strain.field]}」：{_STRAIN_MESSAGES[strain.code]}")
        for strain in found
    ]


def _value_doubts(read: ReadRecord, fields: Mapping[str, object], division: Division) -> list[Doubt]:
    doubts = []
    for name, start, end in (
        ("purpose", division.purpose_at, division.summary_at),
        ("summary", division.summary_at, division.results_at),
        ("results", division.results_at, len(read.pieces)),
    ):
        if start == end:
            doubts.append(
                Doubt(
                    "empty_cell",
                    name,
                    f"「{LABELS[name]}」が空欄と読み取れます。前後の欄に文章が入り込んでいないか確認してください。",
                )
            )
        if any(_is_lone_number(piece) for piece in read.pieces[start:end]):
            doubts.append(
                Doubt(
                    "lone_number",
                    name,
                    f"「{LABELS[name]}」に数字だけの行があります。ページ番号が混じっていないか確認してください。",
                )
            )
    if fields["number"] is None:
        doubts.append(
            Doubt("number_missing", "number", "事業番号が文書にありません。事業番号を入力してください。")
        )
    if fields["section"] is None:
        doubts.append(Doubt("section_missing", "section", "担当課が読み取れません。担当課を選んでください。"))
    doubts += [
        Doubt(
            "garbled", name, f"「{LABELS[name]}」に文字化けまたは外字があります。元の文書を確認してください。"
        )
        for name, value in fields.items()
        if isinstance(value, str) and _GARBLED.search(value)
    ]
    return doubts


def _is_lone_number(piece: Piece) -> bool:
    return piece.before is not Gap.SPACE and piece.ends_line and whole_number(piece.text) is not None


def _department_doubts(reading: DepartmentReading) -> list[Doubt]:
    if not reading.alternatives and reading.confidence >= SURE_ENOUGH:
        return []
    return [
        Doubt(
            "bureau_section_split",
            "section",
            f"部局と担当課の区切りを確認してください。{reading.reason}",
            alternatives=tuple(
                {"bureau": bureau, "section": section} for bureau, section in reading.alternatives
            ),
        )
    ]


def with_document_doubts(rows: Sequence[SourceRow]) -> list[SourceRow]:
    """Add the doubts that only the whole document shows: numbers used twice, orders that jump."""
    numbers = Counter(row.fields["number"] for row in rows if row.fields["number"] is not None)
    result = []
    for index, row in enumerate(rows):
        doubts = [*row.doubts]
        if numbers[row.fields["number"]] > 1:
            doubts.append(
                Doubt(
                    "duplicate_number",
                    "number",
                    f"事業番号{row.fields['number']}が文書に{numbers[row.fields['number']]}回出てきます。"
                    "どの事業の番号か確認してください。",
                )
            )
        doubts += _order_doubts(rows, index)
        result.append(
            SourceRow(row.location, row.fields, row.raw, row.extra, row.inferred, tuple(doubts), row.refused)
        )
    return result


def _order_doubts(rows: Sequence[SourceRow], index: int) -> list[Doubt]:
    """A jump of the orders may mean that a record was taken for the end of the one before it."""
    order = rows[index].fields["order"]
    following = rows[index + 1].fields["order"] if index + 1 < len(rows) else None
    if not isinstance(order, int) or not isinstance(following, int) or following in (order + 1, 1):
        return []
    return [
        Doubt(
            "order_gap",
            "results",
            f"順番が{order}の次に{following}へ飛んでいます。この事業の成果に次の事業が入り込んでいないか"
            "確認してください。",
        )
    ]


def ends_abruptly(pieces: Sequence[Piece], last_is_full: bool) -> bool:
    """Whether a document stops in the middle of a sentence: a full line at its end, or an open word."""
    text = pieces[-1].text
    if text.endswith(("。", "）", "」", "．")) or pieces[-1].before is Gap.SPACE:
        return False
    return last_is_full or text.endswith(("、", "，", "（", "「", "・"))
