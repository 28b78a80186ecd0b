"""Makes a strategy's list of KPIs in layouts drawn by a seed. Knows nothing of the readers it tests."""

import random
from dataclasses import dataclass
from pathlib import Path

from tests.importers.made_files import FULL_WIDTH, Made, Merges, Rows, padded, write_csv, write_xlsx
from tests.importers.made_programs import SUBJECTS

HEADINGS = {
    "kind": ["種別", "区分", "指標の種別"],
    "node": ["目標・施策・事業名", "目標・施策・交付金事業名", "施策・事業名", "基本目標・施策名"],
    "goal": ["基本目標", "基本目標名"],
    "policy": ["基本施策", "基本的方向", "施策の柱"],
    "measure": ["個別施策", "具体的な施策", "施策"],
    "project": ["個別事業", "構成事業", "個別事業名"],
    "kpi": ["指標・KPI名", "重要業績評価指標（KPI）", "ＫＰＩ", "指標名", "数値目標・ＫＰＩ"],
    "sections": ["担当課", "所管課", "担当課・室", "担当部署", "主管課"],
}
KIND_WORDS = {
    "goal": "数値目標",
    "measure": "重要業績評価指標（ＫＰＩ）",
    "grant": "地方創生関係交付金事業",
}
ROMAN = "ⅠⅡⅢⅣⅤ"
LATIN = ["I", "II", "III", "IV", "V"]
SECTIONS = [
    "企画課", "財政課", "道路課", "公園・緑地課", "子ども家庭センター", "観光シティプロモーション室",
    "会計課", "こども育成課（総合調整担当）",
]  # fmt: skip
PLACES = [
    "にぎわいのあるまちをつくる", "みんなで支え合う地域福祉の推進", "ＩＣＴを活用した行政サービスの向上",
    "森と水辺の保全", "100年住み続けられる住まいの確保", "企業誘致・創業支援の強化",
]  # fmt: skip
MEASURES = [
    "入込客数", "新規創業件数（累計）", "満足していると答えた市民の割合", "1人1日当たりのごみ排出量",
    "「地域に愛着がある」と感じる人の割合", "保育所等の待機児童数", "延べ利用者数（４月～３月）",
]  # fmt: skip


def _record(
    draw: random.Random, kind: str, place: tuple[str | None, int | None, int | None], node: str
) -> dict[str, object]:
    goal, policy, measure = place
    sections = draw.sample(SECTIONS, k=draw.choice([1, 1, 1, 2]))
    return {
        "kind": kind, "goal": goal, "policy": policy, "measure": measure, "node": node, "project": None,
        "kpi": draw.choice(MEASURES), "sections": sections,
    }  # fmt: skip


def strategy_records(draw: random.Random, *, grants: bool) -> list[dict[str, object]]:
    """Make a plan's records: numeric targets of goals, KPIs of measures, grant programs."""
    names = {goal: f"{draw.choice(PLACES)}その{goal}" for goal in range(1, draw.randint(1, 3) + 1)}
    records = [
        _record(draw, "goal", (ROMAN[goal - 1], None, None), name)
        for goal, name in names.items()
        for _ in range(draw.randint(1, 3))
    ]
    for goal in names:
        for policy in range(1, draw.randint(1, 3) + 1):
            for measure in range(1, draw.randint(1, 3) + 1):
                name = f"{draw.choice(PLACES)}{goal}{policy}{measure}号"
                place = (ROMAN[goal - 1], policy, measure)
                records += [_record(draw, "measure", place, name) for _ in range(draw.randint(1, 3))]
    if grants:
        for number in range(draw.randint(0, 2)):
            records += _grant_records(draw, number + 1)
    return _without_doubles(records)


def _grant_records(draw: random.Random, number: int) -> list[dict[str, object]]:
    name = f"「{draw.choice(PLACES)}」交付金事業{number}"
    records: list[dict[str, object]] = []
    for index in range(draw.randint(1, 4)):
        record = _record(draw, "grant", (None, None, None), name)
        if index:
            record["project"] = f"{draw.choice(SUBJECTS)}連携事業{number}の{(index + 1) // 2}"
        if index == 3:
            record["kpi"] = None
        records.append(record)
    return records


def _without_doubles(records: list[dict[str, object]]) -> list[dict[str, object]]:
    seen: set[object] = set()
    for index, record in enumerate(records):
        key = (record["node"], record["kpi"], record["project"])
        if key in seen and record["kpi"] is not None:
            record["kpi"] = f"{record['kpi']}の{index}"
        seen.add(key)
    return records


def spelt_code(record: dict[str, object], style: str) -> str:
    """Spell a node's code in one of the ways documents do."""
    goal = str(record["goal"])
    latin = LATIN[ROMAN.index(goal)]
    if record["policy"] is None:
        number = ROMAN.index(goal) + 1
        return {
            "wide": f"{goal}　",
            "latin": f"{latin}　",
            "full": f"{goal}．",
            "words": f"基本目標{number}　",
        }[style]
    policy, measure = record["policy"], record["measure"]
    wide, wide_measure = (str(value).translate(FULL_WIDTH) for value in (policy, measure))
    return {
        "wide": f"{goal}-{wide}-（{wide_measure}）",
        "latin": f"{latin}-{policy}-({measure})",
        "full": f"{goal}－{wide}－（{wide_measure}）　",
        "words": f"{goal}-{policy}-({measure}) ",
    }[style]


@dataclass
class StrategyLayout:
    """How one list is laid out.

    `sections`: two of them on lines of a cell, with a comma, on rows or in columns of their own.
    """

    columns: list[str]
    headings: list[str]
    grouping: str
    sections: str
    style: str
    dash: str
    two_rows: bool
    titles: int
    notes: bool
    extra: bool

    @property
    def levels(self) -> bool:
        """Whether goal, policy and measure have columns of their own."""
        return "goal" in self.columns

    @property
    def groups(self) -> list[str]:
        """The columns whose values hold for several rows."""
        return [name for name in self.columns if name not in ("kpi", "sections")]


def draw_layout(draw: random.Random, records: list[dict[str, object]], *, levels: bool) -> StrategyLayout:
    """Draw a layout that can show the records."""
    needs_project = any(record["project"] for record in records)
    columns = [
        *(["kind"] if draw.random() < 0.5 else []),
        *(["goal", "policy", "measure"] if levels else ["node"]),
        *(["project"] if needs_project or draw.random() < 0.5 else []),
        "kpi",
        "sections",
    ]
    grouping = draw.choice(["repeated", "merged", "once"])
    sections = draw.choice(["newline", "comma", "rows", "columns"])
    dash = draw.choice(["-", "－", "―"])
    plain = all(record["kpi"] for record in records) and grouping == "repeated"
    extra = draw.random() < 0.3
    headings = [draw.choice(HEADINGS[name]) for name in columns]
    headings += ["関係課"] if sections == "columns" else []
    return StrategyLayout(
        columns,
        [*headings, *(["備考"] if extra else [])],
        grouping,
        sections,
        draw.choice(["wide", "latin", "full", "words"]),
        "" if plain and draw.random() < 0.3 else dash,
        two_rows=draw.random() < 0.4,
        titles=draw.randint(0, 2),
        notes=draw.random() < 0.5,
        extra=extra,
    )


class StrategySheet:
    """The cells and merged ranges of one list."""

    def __init__(self, layout: StrategyLayout, draw: random.Random) -> None:
        self.layout = layout
        self.draw = draw
        self.rows: Rows = []
        self.merges: Merges = []
        self._shown: dict[str, tuple[object, int]] = {}
        self._policies: dict[object, str] = {}
        self._goals: dict[object, object] = {}

    def fill(self, records: list[dict[str, object]]) -> None:
        """Write titles, header, records and notes."""
        width = len(self.layout.headings)
        self._goals = {record["goal"]: record["node"] for record in records if record["kind"] == "goal"}
        titles = ["みどり台市総合戦略　指標一覧", "令和７年４月１日現在"][: self.layout.titles]
        self.rows.extend(padded(text, width) for text in titles)
        self._header()
        for record in records:
            self._record(record)
        for name in self.layout.groups:
            self._close(name)
        if self.layout.notes:
            self.rows.append(padded("（注）「-」は該当がないことを示す。", width))

    def _header(self) -> None:
        headings, top = self.layout.headings, len(self.rows)
        if not self.layout.two_rows:
            self.rows.append(list(headings))
            return
        at = self.layout.columns.index("kpi")
        self.rows.append([*headings[:at], "指標の設定", *[""] * (len(headings) - at - 1)])
        self.rows.append([*[""] * at, *headings[at:]])
        self.merges.append((top, at, top, len(headings) - 1))
        self.merges.extend((top, number, top + 1, number) for number in range(at))

    def _record(self, record: dict[str, object]) -> None:
        layout = self.layout
        texts = self._texts(record)
        first, *others = [str(section) for section in record["sections"]]  # type: ignore[union-attr]
        joint = {"newline": "\n", "comma": "、"}.get(layout.sections)
        texts["sections"] = joint.join([first, *others]) if joint else first
        cells: list[object] = [texts[name] for name in layout.columns]
        cells += ["、".join(others)] if layout.sections == "columns" else []
        cells += [""] if layout.extra else []
        row = len(self.rows)
        self._group(texts, cells)
        self.rows.append(cells)
        if layout.sections == "rows":
            self._more_rows(others, row)

    def _texts(self, record: dict[str, object]) -> dict[str, str]:
        dash = self.layout.dash
        texts = {
            "kind": KIND_WORDS[str(record["kind"])],
            "project": str(record["project"] or dash),
            "kpi": str(record["kpi"] or dash),
        }
        if self.layout.levels:
            return texts | self._levels(record)
        code = "" if record["kind"] == "grant" else spelt_code(record, self.layout.style)
        return texts | {"node": f"{code}{record['node']}"}

    def _levels(self, record: dict[str, object]) -> dict[str, str]:
        none = self.layout.dash or "-"
        key = (record["goal"], record["policy"])
        policy = self._policies.setdefault(key, f"{record['policy']}　{self.draw.choice(PLACES)}")
        return {
            "goal": f"{record['goal']}　{self._goals[record['goal']]}",
            "policy": none if record["policy"] is None else policy,
            "measure": none if record["measure"] is None else f"（{record['measure']}）{record['node']}",
        }

    def _group(self, texts: dict[str, str], cells: list[object]) -> None:
        """Print a value once for its group, or merge its cells; a dash stands in every row."""
        if self.layout.grouping == "repeated":
            return
        path: tuple[str, ...] = ()
        for name in self.layout.groups:
            path = (*path, texts[name])
            if name == "project" and texts[name] == self.layout.dash:
                self._close(name)
                self._shown.pop(name, None)
            elif self._shown.get(name, ((), 0))[0] == path:
                cells[self.layout.columns.index(name)] = ""
            else:
                self._close(name)
                self._shown[name] = (path, len(self.rows))

    def _close(self, name: str) -> None:
        if self.layout.grouping == "merged" and name in self._shown:
            start, column = self._shown[name][1], self.layout.columns.index(name)
            if len(self.rows) - start > 1:
                self.merges.append((start, column, len(self.rows) - 1, column))

    def _more_rows(self, others: list[str], row: int) -> None:
        layout = self.layout
        for other in others:
            blank: list[object] = [""] * len(layout.headings)
            blank[layout.columns.index("sections")] = other
            self.rows.append(blank)
            if layout.grouping == "merged":
                single = ["kpi", *(name for name in layout.groups if name not in self._shown)]
                last = len(self.rows) - 1
                self.merges.extend((row, at, last, at) for at in map(layout.columns.index, single))


def make_strategy(folder: Path, seed: int) -> Made:
    """Make a strategy's list in a drawn layout, as .xlsx or .csv."""
    draw = random.Random(seed)
    levels = draw.random() < 0.35
    records = strategy_records(draw, grants=not levels)
    sheet = StrategySheet(draw_layout(draw, records, levels=levels), draw)
    sheet.fill(records)
    form = draw.choice(["xlsx", "xlsx", "csv"])
    path = folder / f"strategy{seed}.{form}"
    if form == "xlsx":
        write_xlsx(path, {"指標": (sheet.rows, sheet.merges)}, draw.choice([0, 1]))
    else:
        write_csv(path, sheet.rows, draw.choice(["cp932", "utf-8-sig"]))
    return Made(path, records, repr(sheet.layout), sheet.rows, sheet.merges)
