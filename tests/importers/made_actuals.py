"""Makes yearly targets and actuals in layouts drawn by a seed. Knows nothing of the readers it tests."""

import random
from dataclasses import dataclass, field
from pathlib import Path

from tests.importers.made_files import FULL_WIDTH, Made, Merges, Rows, padded, write_csv, write_xlsx
from tests.importers.made_strategies import MEASURES

ERA = {
    2018: "平成30",
    2019: "令和元",
    2020: "令和2",
    2021: "令和3",
    2022: "令和4",
    2023: "令和5",
    2024: "令和6",
    2025: "令和7",
}
LETTER = {2018: "H30", 2019: "R1", 2020: "R2", 2021: "R3", 2022: "R4", 2023: "R5", 2024: "R6", 2025: "R7"}
UNITS = [("人", 0), ("件", 0), ("％", 1), ("千円", 0), ("ha", 2), ("か所", 0), ("億円", 1)]
MISSING = [("", "blank"), ("－", "missing"), ("調査なし", "missing"), ("集計中", "pending"), ("-", "missing")]
WORDS = [("目標", "実績"), ("目標値", "実績値"), ("計画値", "実績値")]


def year_word(year: int, style: str) -> str:
    """Spell a fiscal year in one of the ways headings do."""
    return {
        "era": f"{ERA[year]}年度",
        "wide": f"{ERA[year]}年度".translate(FULL_WIDTH),
        "letter": LETTER[year],
        "letter_year": f"{LETTER[year]}年度",
        "western": f"{year}年度",
        "both": f"{ERA[year]}年度\n（{year}）",
        "number": str(year),
    }[style]


def spelt_figure(
    draw: random.Random, value: float | None, unit: str, form: str
) -> tuple[object, str | None, str]:
    """Return what a cell holds, the number it means (as decimal text, or None) and its kind."""
    if value is None:
        text, kind = draw.choice(MISSING)
        return text, None, kind
    plain = f"{value}"
    style = draw.choice(["number"] * 6 + ["comma", "full", "unit", "about", "triangle", "preliminary"])
    if style == "number" and form == "xlsx":
        return value, plain, "number"
    spellings = {
        "full": (plain.translate(FULL_WIDTH).replace(".", "．").replace("-", "－"), "number"),
        "unit": (f"{value:,}{unit}", "number"),
        "preliminary": (f"{value:,}（速報値）", "preliminary"),
    }
    if value >= 0:
        spellings["about"] = (f"約{value:,}", "estimated")
    else:
        spellings["triangle"] = (f"△{-value:,}", "number")
    text, kind = spellings.get(style, (f"{value:,}", "number"))
    return text, plain, kind


@dataclass
class ActualsSheet:
    """One table of figures. `shape` is wide, turned, one, measure or long."""

    draw: random.Random
    shape: str
    style: str
    form: str
    years: list[int]
    kpis: list[tuple[str, str, int]]
    head: list[str]
    words: tuple[str, str]
    rows: Rows = field(default_factory=list)
    merges: Merges = field(default_factory=list)
    cells: dict[tuple[int, int, str], object] = field(default_factory=dict)

    def figures(self) -> list[dict[str, object]]:
        """Draw the figures of all KPIs and years; return what they mean."""
        expected: list[dict[str, object]] = []
        for index, (name, unit, digits) in enumerate(self.kpis):
            for year in self.years:
                record: dict[str, object] = {"kpi": name, "fiscal_year": year}
                for measure in ("target", "actual"):
                    value = self._number(unit, digits)
                    cell, number, kind = spelt_figure(self.draw, value, unit, self.form)
                    self.cells[index, year, measure] = cell
                    record |= {measure: number} | ({"kind": kind} if measure == "actual" else {})
                expected.append(record)
        return expected

    def _number(self, unit: str, digits: int) -> float | int | None:
        if self.draw.random() < 0.15:
            return None
        if unit == "％":
            return round(self.draw.uniform(1, 100), 1)
        number = round(self.draw.uniform(-300 if unit in ("人", "件") else 1, 9000), digits)
        return int(number) if digits == 0 else number

    def fill(self) -> None:
        """Write the table in its shape, maybe with a note below."""
        {
            "wide": self._wide,
            "turned": self._wide,
            "one": self._one,
            "measure": self._measure,
            "long": self._long,
        }[self.shape]()
        if self.draw.random() < 0.5:
            self.rows.append(padded("※　△は負の数を表す。", len(self.rows[-1])))

    def _left(self, index: int) -> list[object]:
        name, unit, _ = self.kpis[index]
        values = {"番号": index + 1, "単位": unit, "担当課": "企画課"}
        return [values.get(word, name) for word in self.head]

    def _wide(self) -> None:
        """Years over target and actual, or the other way round."""
        years = [year_word(year, self.style) for year in self.years]
        outer, inner = (years, list(self.words)) if self.shape == "wide" else (list(self.words), years)
        lead = len(self.head)
        top: list[object] = [*self.head]
        low: list[object] = [""] * lead
        for text in outer:
            if len(inner) > 1:
                self.merges.append((1, len(top), 1, len(top) + len(inner) - 1))
            top.extend([text, *[""] * (len(inner) - 1)])
            low.extend(inner)
        self.rows.extend([padded("総合戦略　目標と実績", len(top)), top, low])
        self.merges.extend((1, column, 2, column) for column in range(lead))
        pairs = [(year, measure) for year in self.years for measure in ("target", "actual")]
        if self.shape == "turned":
            pairs = [(year, measure) for measure in ("target", "actual") for year in self.years]
        for index in range(len(self.kpis)):
            self.rows.append([*self._left(index), *(self.cells[index, *pair] for pair in pairs)])

    def _one(self) -> None:
        """Year and word in one heading."""
        headings = [f"{year_word(year, self.style)}{word}" for year in self.years for word in self.words]
        self.rows.append([*self.head, *headings])
        pairs = [(year, measure) for year in self.years for measure in ("target", "actual")]
        for index in range(len(self.kpis)):
            self.rows.append([*self._left(index), *(self.cells[index, *pair] for pair in pairs)])

    def _measure(self) -> None:
        """A row for the target, one for the actual and one for the rate, with years across."""
        self.rows.append([*self.head, "区分", *(year_word(year, self.style) for year in self.years)])
        lead = len(self.head)
        for index in range(len(self.kpis)):
            base = len(self.rows)
            for measure, word in zip(("target", "actual"), self.words, strict=True):
                start = self._left(index) if measure == "target" else [""] * lead
                self.rows.append([*start, word, *(self.cells[index, year, measure] for year in self.years)])
            self.rows.append([*[""] * lead, "達成率", *("50.0%" for _ in self.years)])
            self.merges.extend((base, column, base + 2, column) for column in range(lead))

    def _long(self) -> None:
        """A row per KPI and year."""
        self.rows.append([*self.head, "年度", *self.words, "備考"])
        for index in range(len(self.kpis)):
            for year in self.years:
                pair = [self.cells[index, year, measure] for measure in ("target", "actual")]
                self.rows.append([*self._left(index), year_word(year, self.style), *pair, ""])


def make_actuals(folder: Path, seed: int) -> Made:
    """Make yearly targets and actuals, as .xlsx or .csv."""
    draw = random.Random(seed)
    form = draw.choice(["xlsx", "xlsx", "csv"])
    first = draw.choice([2018, 2019, 2020, 2021])
    kpis = [
        (f"{draw.choice(MEASURES)}その{index}", *draw.choice(UNITS)) for index in range(draw.randint(3, 15))
    ]
    scaled = any(unit in ("千円", "億円") for _, unit, _ in kpis)
    sheet = ActualsSheet(
        draw,
        shape=draw.choice(["wide", "wide", "turned", "one", "measure", "long"]),
        style=draw.choice(["era", "wide", "letter", "letter_year", "western", "both", "number"]),
        form=form,
        years=list(range(first, min(first + draw.randint(1, 5), 2025) + 1)),
        kpis=kpis,
        head=[
            "番号",
            draw.choice(["指標名", "指標・KPI名", "ＫＰＩ"]),
            *(["単位"] if scaled or draw.random() < 0.8 else []),
            *(["担当課"] if draw.random() < 0.5 else []),
        ],
        words=draw.choice(WORDS),
    )
    expected = sheet.figures()
    sheet.fill()
    path = folder / f"actuals{seed}.{form}"
    if form == "xlsx":
        write_xlsx(path, {"目標と実績": (sheet.rows, sheet.merges)}, draw.choice([0, 1]))
    else:
        write_csv(path, sheet.rows, draw.choice(["cp932", "utf-8-sig"]))
    return Made(path, expected, f"{sheet.shape} {sheet.style} {sheet.head}", sheet.rows, sheet.merges)
