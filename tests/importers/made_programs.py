"""Makes lists of programs in layouts drawn by a seed. Knows nothing of the readers it tests."""

import random
from dataclasses import dataclass
from pathlib import Path

from tests.importers.made_files import FULL_WIDTH, Made, Merges, Rows, padded, write_csv, write_xlsx

HEADINGS = {
    "order": ["通番", "連番", "項番", "№", "No."],
    "number": ["事業番号", "事務事業番号", "事業\n番号", "事業コード", "整理番号", "事務事業\nコード"],
    "name": ["事務事業名", "事業名", "事務事業の名称", "事業名称", "事 業 名"],
    "bureau": ["部・局", "部局", "部局名", "所管部", "部"],
    "section": ["課・室", "課", "担当課", "所管課", "課室名"],
    "department": ["部署名", "所管部署", "担当部署", "所管", "部課名"],
    "purpose": ["事業の目的", "目的", "事業目的", "目　的", "①目的"],
    "summary": ["事業の概要", "概要", "事業内容", "事業概要（令和６年度）", "取組内容"],
    "results": ["成果", "令和６年度の成果", "主な成果", "実績・成果", "成果※２", "令和6年度実績"],
}
BUREAUS = {
    "総務部": ["総務課", "人事課", "契約検査課", "情報政策室"],
    "企画財政局": ["企画課", "財政課", "広報戦略室"],
    "健康福祉部": ["社会福祉課", "高齢福祉課", "子ども家庭センター", "健康増進課"],
    "建設部": ["道路課", "公園・緑地課", "住宅政策課（空き家対策担当）"],
    "教育局": ["学務課", "生涯学習推進課", "中央図書館"],
}
SUBJECTS = [
    "道路", "公園", "図書館", "子育て", "防災", "広報", "統計", "住宅", "下水道", "商店街", "観光", "文化財",
    "環境", "税務",
]  # fmt: skip
ACTS = [
    "管理事業", "整備事業", "推進事業", "支援事務", "調査事業", "運営事業（旧：運営委託事業）", "給付事務",
    "啓発事業",
]  # fmt: skip
SENTENCES = [
    "市民が安心して暮らせるまちをつくる。",
    "・相談件数　１，２３４件（前年度比5.6％増）",
    "①施設の点検を行う。",
    "老朽化した設備20基を更新し、1,204千円を執行した。",
    "「みんなの広場」を３回開き、延べ314人が参加した。",
    "国・県と連携し、制度の周知を図る。",
    "令和7年3月末の進捗率は48.9％である。",
    "ＳＮＳで発信する。Web site を更新した。",
]
TITLES = ["令和６年度　事務事業一覧", "（令和7年3月31日現在）", ""]


def program_records(draw: random.Random, count: int) -> list[dict[str, object]]:
    """Make programs in the order of their departments."""
    places = [(bureau, section) for bureau, sections in BUREAUS.items() for section in sections]
    chosen = sorted(draw.sample(range(len(places)), k=min(len(places), max(2, count // 3))))
    records: list[dict[str, object]] = []
    number = 3
    for index in range(count):
        bureau, section = places[chosen[index * len(chosen) // count]]
        number += draw.randint(1, 40)
        results = "\n".join(draw.sample(SENTENCES, k=draw.randint(1, 4)))
        records.append(
            {
                "order": index + 1,
                "number": number,
                "name": f"{draw.choice(SUBJECTS)}{draw.choice(ACTS)}{index + 1}",
                "bureau": bureau,
                "section": section,
                "purpose": draw.choice(SENTENCES),
                "summary": "\n".join(draw.sample(SENTENCES, k=draw.randint(1, 3))),
                "results": draw.choice([None, results]),
            }
        )
    return records


@dataclass
class ProgramLayout:
    """How one list of programs is laid out. `grouping` is repeated, merged, once or bands."""

    columns: list[str]
    headings: dict[str, str]
    two_rows: bool
    grouping: str
    titles: int
    notes: bool
    spelling: str
    extra: bool

    @property
    def all_columns(self) -> list[str]:
        """The fields and the columns nobody asks for."""
        return [*self.columns, *(["予算額（千円）", "担当者"] if self.extra else [])]


def draw_layout(draw: random.Random) -> ProgramLayout:
    """Draw a layout."""
    one_column = draw.random() < 0.35
    middle = ["department"] if one_column else ["bureau", "section"]
    columns = ["number", "name", *middle, "purpose", "summary", "results"]
    if draw.random() < 0.7:
        columns.insert(0, "order")
    if draw.random() < 0.3:
        columns = [*middle, *(column for column in columns if column not in middle)]
    grouping = draw.choice(["repeated", "merged", "once", "bands"])
    if grouping == "bands":
        columns = [column for column in columns if column not in middle]
    if one_column and grouping == "once":
        grouping = "repeated"
    return ProgramLayout(
        columns,
        {name: draw.choice(HEADINGS[name]) for name in columns},
        two_rows=draw.random() < 0.4 and "bureau" in columns,
        grouping=grouping,
        titles=draw.randint(0, 3),
        notes=draw.random() < 0.5,
        spelling=draw.choice(["plain", "text", "full"]),
        extra=draw.random() < 0.4,
    )


class ProgramSheet:
    """The cells and merged ranges of one list."""

    def __init__(self, layout: ProgramLayout, draw: random.Random) -> None:
        self.layout = layout
        self.draw = draw
        self.rows: Rows = []
        self.merges: Merges = []
        self._shown: dict[str, tuple[object, int]] = {}
        self._band: object = None

    def fill(self, records: list[dict[str, object]]) -> None:
        """Write titles, header, records and notes."""
        width = len(self.layout.all_columns)
        self.rows.extend(padded(text, width) for text in TITLES[: self.layout.titles])
        self._header()
        for record in records:
            self._record(record)
        for name in ("bureau", "section"):
            self._close(name)
        if self.layout.notes:
            self.rows.append(padded("※１　事業番号は欠番がある。", width))
            self.rows.append(padded("（注）担当課は令和６年度の名称である。", width))

    def _header(self) -> None:
        texts = [self.layout.headings.get(name, name) for name in self.layout.all_columns]
        if not self.layout.two_rows:
            self.rows.append(list(texts))
            return
        at, top = self.layout.columns.index("bureau"), len(self.rows)
        under = range(at, at + 2)
        upper = [
            "所管" if number == at else "" if number in under else text for number, text in enumerate(texts)
        ]
        self.rows.append(list(upper))
        self.rows.append([text if number in under else "" for number, text in enumerate(texts)])
        self.merges.append((top, at, top, at + 1))
        self.merges.extend(
            (top, number, top + 1, number) for number in range(len(texts)) if number not in under
        )

    def _record(self, record: dict[str, object]) -> None:
        place = (record["bureau"], record["section"])
        if self.layout.grouping == "bands" and place != self._band:
            self.rows.append(padded(f"{place[0]}　{place[1]}", len(self.layout.all_columns)))
            self._band = place
        cells = [self._cell(name, record) for name in self.layout.all_columns]
        if self.layout.grouping in ("merged", "once"):
            for name, key in (("bureau", place[:1]), ("section", place)):
                self._group(name, key, cells)
        self.rows.append(cells)

    def _group(self, name: str, key: object, cells: list[object]) -> None:
        if name not in self.layout.columns:
            return
        if self._shown.get(name, (None, 0))[0] == key:
            cells[self.layout.columns.index(name)] = ""
            return
        self._close(name)
        self._shown[name] = (key, len(self.rows))

    def _close(self, name: str) -> None:
        if self.layout.grouping == "merged" and name in self._shown:
            start, column = self._shown[name][1], self.layout.columns.index(name)
            if len(self.rows) - start > 1:
                self.merges.append((start, column, len(self.rows) - 1, column))

    def _cell(self, name: str, record: dict[str, object]) -> object:
        if name == "department":
            return f"{record['bureau']}{record['section']}"
        if name in ("order", "number"):
            return self._number(record[name])
        if name == "results" and record[name] is None:
            return self.draw.choice(["", "－", "-"])
        return record[name] if name in record else self.draw.choice(["", 1234, "佐藤"])

    def _number(self, number: object) -> object:
        if self.layout.spelling == "text":
            return f" {number} " if self.draw.random() < 0.2 else str(number)
        return str(number).translate(FULL_WIDTH) if self.layout.spelling == "full" else number


def make_programs(folder: Path, seed: int) -> Made:
    """Make a list of programs in a drawn layout, as .xlsx, .csv or .tsv."""
    draw = random.Random(seed)
    records = program_records(draw, draw.randint(5, 40))
    sheet = ProgramSheet(draw_layout(draw), draw)
    sheet.fill(records)
    form = draw.choice(["xlsx", "xlsx", "csv", "tsv"])
    path = folder / f"programs{seed}.{form}"
    if form == "xlsx":
        write_xlsx(path, {"一覧": (sheet.rows, sheet.merges)}, draw.choice([0, 0, 1, 2]))
    else:
        encoding = draw.choice(["cp932", "utf-8", "utf-8-sig", "utf-16"])
        write_csv(path, sheet.rows, encoding, "\t" if form == "tsv" else ",")
    with_order = "order" in sheet.layout.columns
    expected = [record | {"order": record["order"] if with_order else None} for record in records]
    return Made(path, expected, repr(sheet.layout), sheet.rows, sheet.merges)
