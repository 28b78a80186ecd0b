"""Invented strategies laid out as a list of KPIs, with merged cells printed behind their page."""

import random
from dataclasses import dataclass

from tests.importers.invented import _AIMS, _MEANS, _PEOPLE, _SECTION_ENDS, _SECTION_STEMS, _TOPICS, _UNITS
from tests.importers.paper import Font, Paper, Run, cell_runs, extract, lines_of

ROMAN = "ⅠⅡⅢⅣⅤⅥ"


@dataclass
class StrategyRecord:
    """One record as printed: `merged` tells which of its cells are displaced."""

    label: str
    project: str | None
    kpi: str | None
    sections: list[str]
    grant: int | None = None
    merged_project: int | None = None

    @property
    def displaced(self) -> bool:
        return len(self.sections) > 1


def _full(number: int) -> str:
    return chr(0xFF10 + number)


def _kpi(rng: random.Random, used: set[str]) -> str:
    while True:
        topic, other = rng.sample(_TOPICS, 2)
        name = rng.choice(
            [
                f"{topic}の年間利用者数",
                f"{topic}に満足している{rng.choice(_PEOPLE)}の割合",
                f"{topic}と{other}に関する{rng.choice(_MEANS)}の延べ参加者数（累計）",
                f"令和{rng.randint(2, 4)}年度から令和{rng.randint(5, 8)}年度までの{topic}の"
                f"{rng.choice(_MEANS)}の回数",
                f"{topic}率",
                f"「{topic}が充実している」と答えた{rng.choice(_PEOPLE)}の割合",
                f"{topic}１{rng.choice(_UNITS)}当たりの年間費用の抑制",
                f"{topic}の{rng.choice(_MEANS)}の開催回数、参加者数及び{other}の件数",
                f"{topic}を通じて市内で新たに{rng.choice(_MEANS)}を始めた{rng.choice(_PEOPLE)}の数",
            ]
        )
        if name not in used:
            used.add(name)
            return name


def _section(rng: random.Random) -> str:
    return rng.choice(_SECTION_STEMS) + rng.choice(_SECTION_ENDS)


class _Invention:
    """One strategy while it is thought up: its sections, and the KPI names already used."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.sections = [_section(rng) for _ in range(rng.randint(6, 14))]
        self.used: set[str] = set()
        self.comma = rng.choice("、，")

    def some_sections(self) -> list[str]:
        if self.rng.random() < 0.06:
            return self.rng.sample(self.sections, 2)
        return [self.rng.choice(self.sections)]

    def kpis(self, label: str, most: int) -> list[StrategyRecord]:
        return [
            StrategyRecord(label, None, _kpi(self.rng, self.used), self.some_sections())
            for _ in range(self.rng.randint(1, most))
        ]

    def goal(self, goal: int) -> list[StrategyRecord]:
        topic, (aim, other) = self.rng.choice(_TOPICS), self.rng.sample(_AIMS, 2)
        return self.kpis(f"{ROMAN[goal]}　{topic}を大切にし{self.comma}{aim}と{other}を育むまちをつくる", 4)

    def measures(self, goal: int) -> list[StrategyRecord]:
        records = []
        for policy in range(1, self.rng.randint(2, 4)):
            for measure in range(1, self.rng.randint(2, 5)):
                code = f"{ROMAN[goal]}-{_full(policy)}-（{_full(measure)}）"
                act = self.rng.choice(["推進", "充実", "支援", "振興"])
                name = f"{self.rng.choice(_TOPICS)}と{self.rng.choice(_TOPICS)}の{act}"
                records += self.kpis(code + name, 3)
        return records

    def grant(self, grant: int) -> list[StrategyRecord]:
        rng = self.rng
        topic = rng.choice(_TOPICS)
        form = rng.choice(["プロジェクト", "推進事業", "創出事業"])
        label = f"{topic}を核とした{rng.choice(_AIMS)}{form}"
        records = []
        for index in range(rng.randint(1, 2)):
            role = "（交付金調整担当）" if index == 0 and rng.random() < 0.4 else ""
            section = rng.choice(self.sections) + role
            records.append(StrategyRecord(label, None, _kpi(rng, self.used), [section], grant))
        for number in range(rng.randint(1, 3)):
            records += self.project(label, topic, grant, number)
        return records

    def project(self, label: str, topic: str, grant: int, number: int) -> list[StrategyRecord]:
        rng = self.rng
        subject = rng.choice([topic, rng.choice(_TOPICS)])
        form = rng.choice(["整備事業", "開催事業", "活用事業"])
        project = f"{subject}{rng.choice(['拠点', '体験', '情報', ''])}{form}"
        kind = rng.random()
        if kind < 0.2:
            return [StrategyRecord(label, project, None, [rng.choice(self.sections)], grant)]
        if kind < 0.4:
            return [
                StrategyRecord(label, project, kpi, [rng.choice(self.sections)], grant, 10 * grant + number)
                for kpi in (f"{subject}の認定者数", f"{subject}に参加した市民の割合")
            ]
        return [StrategyRecord(label, project, _kpi(rng, self.used), self.some_sections(), grant)]


def invented_strategy(rng: random.Random) -> list[StrategyRecord]:
    """Return the records of one strategy in printed order: goals, measures, grant programs."""
    invention = _Invention(rng)
    goals = range(rng.randint(2, 5))
    return [
        *(record for goal in goals for record in invention.goal(goal)),
        *(record for goal in goals for record in invention.measures(goal)),
        *(record for grant in range(rng.randint(1, 4)) for record in invention.grant(grant)),
    ]


def truth_of(record: StrategyRecord) -> dict:
    """Return what a correct import gives for a record."""
    label = record.label
    if record.grant is not None:
        kind, goal, policy, measure, node = "grant", None, None, None, label
    elif label[1] == "-":
        kind, goal, policy, measure = "measure", label[0], ord(label[2]) - 0xFF10, ord(label[5]) - 0xFF10
        node = label[7:]
    else:
        kind, goal, policy, measure, node = "goal", label[0], None, None, label[2:]
    return {
        "kind": kind, "goal": goal, "policy": policy, "measure": measure, "node": node,
        "project": record.project, "kpi": record.kpi, "sections": record.sections,
    }  # fmt: skip


@dataclass
class StrategyPaper:
    """Widths of the four columns, font and page."""

    widths: tuple[float, float, float, float]
    font: Font
    paper: Paper


@dataclass
class _Span:
    """A merged cell of one page: its text, column and the part of the page it covers."""

    column: int
    text: str
    top: float
    bottom: float


class _Printer:
    """Prints records page by page; what is merged over rows comes behind its page, in any order."""

    def __init__(self, how: StrategyPaper, rng: random.Random) -> None:
        self.how, self.rng = how, rng
        self.xs = [3.0]
        for width in how.widths:
            self.xs.append(self.xs[-1] + width + 0.8)
        self.pages: list[list[list[Run]]] = []
        self._begin_page()

    def _begin_page(self) -> None:
        self.runs: list[Run] = []
        self.groups: list[list[Run]] = []
        self.spans: dict[tuple[int, int], _Span] = {}
        self.y = 0.0

    def cell(self, column: int, text: str) -> list[str]:
        return lines_of(text, self.how.widths[column], self.how.font)

    def merged(self, column: int, text: str, top: float, bottom: float) -> list[Run]:
        return cell_runs(self.xs[column], top, bottom - top, self.cell(column, text), self.how.paper)

    def end_page(self) -> None:
        loose = []
        for span in self.spans.values():
            group = self.merged(span.column, span.text, span.top, span.bottom)
            (loose if span.column == 0 else self.groups).append(group)
        self.rng.shuffle(loose)
        self.rng.shuffle(self.groups)
        while loose:
            taken = [loose.pop() for _ in range(min(len(loose), self.rng.randint(1, 2)))]
            self.groups.append([run for one in taken for run in one])
        self.pages.append([self.runs, *self.groups])
        self._begin_page()

    def print(self, record: StrategyRecord) -> None:
        texts = [record.label, record.project or "-", record.kpi or "-"]
        shown = [
            record.grant is None and not record.displaced,
            record.merged_project is None and not record.displaced,
            not record.displaced,
        ]
        parts = [self.cell(3, section) for section in record.sections]
        lines = [self.cell(column, text) if shown[column] else [] for column, text in enumerate(texts)]
        least = max(len(self.cell(column, text)) for column, text in enumerate(texts)) / len(parts)
        tallest = max([*map(len, lines), *map(len, parts), least if record.displaced else 0])
        height = tallest * self.how.paper.pitch + self.how.paper.padding
        if self.y + height * len(parts) > self.how.paper.page and self.runs:
            self.end_page()
        top = self.y
        for part in parts:
            for column, one in enumerate(lines):
                if one:
                    self.runs += cell_runs(self.xs[column], self.y, height, one, self.how.paper)
            self.runs += cell_runs(self.xs[3], self.y, height, part, self.how.paper)
            self.y += height
        if record.displaced:
            columns = (2, 1, 0) if record.grant is None else (2, 1)
            self.groups.append(
                [run for column in columns for run in self.merged(column, texts[column], top, self.y)]
            )
        if record.grant is not None:
            self._cover(0, record.grant, record.label, top)
        if record.merged_project is not None:
            self._cover(1, record.merged_project, texts[1], top)

    def _cover(self, column: int, number: int, text: str, top: float) -> None:
        span = self.spans.setdefault((column, number), _Span(column, text, top, self.y))
        span.bottom = self.y


def strategy_text(records: list[StrategyRecord], how: StrategyPaper, rng: random.Random) -> str:
    """Return the text of the list as an extractor gives it."""
    printer = _Printer(how, rng)
    for record in records:
        printer.print(record)
    printer.end_page()
    header = "\n種別 目標・施策・事業名 個別事業 指標・KPI名 担当課\n\n"
    return header + extract(printer.pages, how.paper) + "\n "
