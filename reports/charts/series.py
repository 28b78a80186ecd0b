"""A KPI over the years: baseline, targets, expected path, actuals, breaks and outlook in one picture."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from reports.charts.scale import Axis, pixels, value_axis
from tsukuba_kpi.lib.figures import format_figure
from tsukuba_kpi.lib.fiscal_year import short_era_label

WIDTH, HEIGHT = 720, 312
LEFT, RIGHT, TOP, BOTTOM = 84, 30, 26, 66
FONT = "BIZ UDPGothic, Yu Gothic UI, Meiryo, sans-serif"
INK, QUIET, GRID, ACCENT = "#1a1a1a", "#595959", "#d9d9d9", "#0017c1"


@dataclass(frozen=True)
class Point:
    """One fiscal year's value; `provisional` values are drawn hollow."""

    fiscal_year: int
    value: Decimal
    provisional: bool = False


@dataclass(frozen=True)
class Range:
    """Where the outlook expects the value of a fiscal year to lie."""

    fiscal_year: int
    low: Decimal
    high: Decimal


@dataclass(frozen=True)
class SeriesPicture:
    """What the picture shows. Years without a value have no point: a gap is a gap, never 0.

    The line of actuals is parted at `breaks`; `seams` are the years from which another KPI counts, with
    targets and a baseline of its own.
    """

    title: str
    unit: str
    decimals: int | None
    years: tuple[int, ...]
    actuals: tuple[Point, ...]
    targets: tuple[Point, ...]
    expected: tuple[Point, ...] = ()
    baseline: Decimal | None = None
    breaks: tuple[int, ...] = ()
    seams: tuple[int, ...] = ()
    outlook: Range | None = None


@dataclass(frozen=True)
class _Frame:
    first: int
    last: int
    axis: Axis

    def x(self, year: Decimal | int) -> Decimal:
        span = max(self.last - self.first, 1)
        room = Decimal(WIDTH - LEFT - RIGHT - 40)
        return pixels(LEFT + 20 + (Decimal(year) - self.first) / span * room)

    def y(self, value: Decimal) -> Decimal:
        return pixels(TOP + self.axis.at(value))


def series_svg(picture: SeriesPicture, *, identifier: str) -> SafeString:
    """Draw the picture; `identifier` makes the ids of its title and description unique on the page."""
    values = [*_values(picture)]
    if not picture.years or not values:
        return mark_safe("")
    frame = _Frame(min(picture.years), max(picture.years), value_axis(values, length=HEIGHT - TOP - BOTTOM))
    parts = [
        *_grid(frame, picture),
        *_baseline(frame, picture),
        *_breaks(frame, picture),
        *_path(frame, picture, picture.expected, QUIET, "2 4"),
        *_path(frame, picture, picture.targets, INK, "7 4"),
        *_outlook(frame, picture),
        *_actuals(frame, picture),
        *_targets(frame, picture),
        *_legend(picture),
    ]
    return format_html(
        '<svg class="chart" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" role="img"'
        ' aria-labelledby="{id}-title {id}-desc" font-family="{font}"'
        ' font-size="12"><title id="{id}-title">{}</title><desc id="{id}-desc">{}</desc>{}</svg>',
        WIDTH,
        HEIGHT,
        picture.title,
        describe(picture),
        format_html_join("", "{}", ((part,) for part in parts)),
        id=identifier,
        font=FONT,
    )


def describe(picture: SeriesPicture) -> str:
    """Say in words what the picture shows."""
    actuals = "、".join(
        f"{short_era_label(p.fiscal_year)} {_text(picture, p.value)}"
        + ("（速報・見込）" if p.provisional else "")
        for p in picture.actuals
    )
    targets = "、".join(
        f"{short_era_label(p.fiscal_year)} {_text(picture, p.value)}" for p in picture.targets
    )
    changes = "".join(f"{short_era_label(year)}に{words}。" for year, words in _changes(picture))
    return f"実績：{actuals or 'なし'}。目標：{targets or 'なし'}。{changes}"


def _changes(picture: SeriesPicture) -> list[tuple[int, str]]:
    years = sorted({*picture.breaks, *picture.seams})
    return [(year, "指標の交代" if year in picture.seams else "定義変更") for year in years]


def _values(picture: SeriesPicture) -> Iterator[Decimal]:
    for points in (picture.actuals, picture.targets, picture.expected):
        yield from (point.value for point in points)
    if picture.baseline is not None:
        yield picture.baseline
    if picture.outlook:
        yield from (picture.outlook.low, picture.outlook.high)


def _text(picture: SeriesPicture, value: Decimal) -> str:
    return format_figure(value, picture.decimals, picture.unit)


def _grid(frame: _Frame, picture: SeriesPicture) -> Iterator[SafeString]:
    for mark in frame.axis.marks:
        y = frame.y(mark)
        yield format_html('<path d="M{} {}H{}" stroke="{}"/>', LEFT, y, WIDTH - RIGHT, GRID)
        yield _label(LEFT - 8, y + 4, format_figure(mark, None, ""), anchor="end", fill=QUIET)
    for year in picture.years:
        yield _label(frame.x(year), HEIGHT - BOTTOM + 18, short_era_label(year), fill=INK)
        yield _label(frame.x(year), HEIGHT - BOTTOM + 32, str(year), fill=QUIET, size=10)


def _baseline(frame: _Frame, picture: SeriesPicture) -> Iterator[SafeString]:
    if picture.baseline is None:
        return
    y = frame.y(picture.baseline)
    x = _seam_at(frame, max(picture.seams)) if picture.seams else Decimal(LEFT)
    yield format_html('<path d="M{} {}H{}" stroke="{}" stroke-dasharray="1 3"/>', x, y, WIDTH - RIGHT, INK)
    words = f"基準 {_text(picture, picture.baseline)}"
    yield _label(x + 4, y - 4, words, anchor="start", fill=QUIET, size=10)


def _breaks(frame: _Frame, picture: SeriesPicture) -> Iterator[SafeString]:
    for year, words in _changes(picture):
        x = _seam_at(frame, year)
        yield format_html(
            '<path d="M{} {}V{}" stroke="{}" stroke-dasharray="5 3"/>', x, TOP, HEIGHT - BOTTOM, QUIET
        )
        yield _label(x + 4, TOP + 10, words, anchor="start", fill=QUIET, size=10)


def _seam_at(frame: _Frame, year: int) -> Decimal:
    """Return where a change from a year on is drawn: between it and the year before."""
    return frame.x(Decimal(year) - Decimal("0.5"))


def _path(
    frame: _Frame, picture: SeriesPicture, points: tuple[Point, ...], colour: str, dashes: str
) -> Iterator[SafeString]:
    """Draw a line for the targets of each KPI by itself."""
    ends = sorted(picture.seams)
    for first, behind in zip([None, *ends], [*ends, None], strict=True):
        own = tuple(
            p
            for p in points
            if (first is None or p.fiscal_year >= first) and (behind is None or p.fiscal_year < behind)
        )
        if len(own) > 1:
            yield _line(frame, own, colour, dashes=dashes, width="1.5")


def _line(
    frame: _Frame, points: tuple[Point, ...], colour: str, *, dashes: str = "", width: str
) -> SafeString:
    steps = " ".join(f"{frame.x(p.fiscal_year)},{frame.y(p.value)}" for p in points)
    dashed = format_html(' stroke-dasharray="{}"', dashes) if dashes else ""
    return format_html(
        '<polyline points="{}" fill="none" stroke="{}" stroke-width="{}"{}/>', steps, colour, width, dashed
    )


def _actuals(frame: _Frame, picture: SeriesPicture) -> Iterator[SafeString]:
    for run in _runs(picture):
        if len(run) > 1:
            yield _line(frame, run, ACCENT, width="2.5")
    for point in picture.actuals:
        x, y = frame.x(point.fiscal_year), frame.y(point.value)
        fill = "#fff" if point.provisional else ACCENT
        yield format_html(
            '<circle cx="{}" cy="{}" r="4.5" fill="{}" stroke="{}" stroke-width="2"/>', x, y, fill, ACCENT
        )
        has_room = y < HEIGHT - BOTTOM - 18
        below = 18 if has_room and _is_written_below(picture, point) else -9
        yield _label(x, y + below, format_figure(point.value, picture.decimals, ""), fill=INK)


def _is_written_below(picture: SeriesPicture, point: Point) -> bool:
    """Tell whether a figure stands free below its point: in a valley, or where the target is above."""
    near = [other.value for other in picture.actuals if abs(other.fiscal_year - point.fiscal_year) == 1]
    targets = [other.value for other in picture.targets if other.fiscal_year == point.fiscal_year]
    if targets and targets[0] != point.value:
        return targets[0] > point.value
    return bool(near) and all(value > point.value for value in near)


def _runs(picture: SeriesPicture) -> Iterator[tuple[Point, ...]]:
    """Yield the stretches of consecutive years with values, parted at breaks of the series."""
    run: list[Point] = []
    for point in picture.actuals:
        follows = run and point.fiscal_year == run[-1].fiscal_year + 1
        if run and (not follows or point.fiscal_year in picture.breaks):
            yield tuple(run)
            run = []
        run.append(point)
    if run:
        yield tuple(run)


def _targets(frame: _Frame, picture: SeriesPicture) -> Iterator[SafeString]:
    for point in picture.targets:
        x, y = frame.x(point.fiscal_year), frame.y(point.value)
        yield _diamond(x, y)
    if picture.targets:
        last = picture.targets[-1]
        words = f"目標 {format_figure(last.value, picture.decimals, '')}"
        actual = next((p.value for p in picture.actuals if p.fiscal_year == last.fiscal_year), None)
        away = 20 if actual is not None and actual > last.value else -10
        yield _label(frame.x(last.fiscal_year), frame.y(last.value) + away, words, fill=INK, size=10)


def _diamond(x: Decimal | int, y: Decimal | int) -> SafeString:
    return format_html(
        '<path d="M{} {}l5 5 -5 5 -5 -5z" fill="#fff" stroke="{}" stroke-width="1.5"/>', x, y - 5, INK
    )


def _outlook(frame: _Frame, picture: SeriesPicture) -> Iterator[SafeString]:
    if picture.outlook is None:
        return
    x = frame.x(picture.outlook.fiscal_year)
    low, high = frame.y(picture.outlook.low), frame.y(picture.outlook.high)
    yield format_html(
        '<path d="M{x} {high}V{low}M{left} {high}H{right}M{left} {low}H{right}" stroke="{ink}"'
        ' stroke-width="1.5" stroke-dasharray="2 2"/>',
        x=x,
        low=low,
        high=high,
        left=x - 6,
        right=x + 6,
        ink=QUIET,
    )


def _legend(picture: SeriesPicture) -> Iterator[SafeString]:
    y = HEIGHT - 12
    x = LEFT
    yield format_html(
        '<path d="M{} {}h24" stroke="{}" stroke-width="2.5"/><circle cx="{}" cy="{}" r="4" fill="{}"/>',
        x, y - 4, ACCENT, x + 12, y - 4, ACCENT,
    )  # fmt: skip
    yield _label(x + 30, y, "実績（白抜きは速報・見込）", anchor="start", fill=INK)
    if picture.targets:
        x += 200
        yield format_html('<path d="M{} {}h24" stroke="{}" stroke-dasharray="7 4"/>', x, y - 4, INK)
        yield _diamond(x + 12, y - 4)
        yield _label(x + 30, y, "目標", anchor="start", fill=INK)
    if picture.expected:
        x += 80
        yield format_html('<path d="M{} {}h24" stroke="{}" stroke-dasharray="2 4"/>', x, y - 4, QUIET)
        yield _label(x + 30, y, "期待値", anchor="start", fill=INK)
    if picture.outlook:
        x += 90
        yield format_html('<path d="M{} {}v10" stroke="{}" stroke-dasharray="2 2"/>', x, y - 9, QUIET)
        yield _label(x + 10, y, "このままの見通し", anchor="start", fill=INK)


def _label(
    x: Decimal | int,
    y: Decimal | int,
    text: str,
    *,
    anchor: str = "middle",
    fill: str,
    size: int | None = None,
) -> SafeString:
    small = format_html(' font-size="{}"', size) if size else ""
    return format_html(
        '<text x="{}" y="{}" text-anchor="{}" fill="{}"{} stroke="#fff" stroke-width="3"'
        ' stroke-linejoin="round" paint-order="stroke">{}</text>',
        x,
        y,
        anchor,
        fill,
        small,
        text,
    )
