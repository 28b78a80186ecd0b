"""How figures and rates are written in an explanation: half up, and never across a threshold."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from evaluations.calculations.exact import has_finite_decimal, scaled_half_up
from tsukuba_kpi.lib.fiscal_year import era_label

_MOST_PLACES = 6


@dataclass(frozen=True, slots=True)
class FigureStyle:
    """How a KPI's figures are written: decimal places and unit."""

    places: int
    unit: str

    def figure(self, value: Decimal | Fraction) -> str:
        """Write a figure with its unit; one that does not end within two more places is marked 約."""
        return self._write(value, self.unit)

    def span(self, value: Decimal | Fraction) -> str:
        """Write a difference with its unit; the difference of two percentages is in ポイント."""
        return self._write(value, "ポイント" if self.unit in ("％", "%") else self.unit)

    def bare(self, value: Decimal | Fraction) -> str:
        """Write a figure without its unit, as it stands inside an expression."""
        return self._write(value, "")

    def rough(self, value: Decimal | Fraction) -> str:
        """Write a figure that is only an estimate: rounded to the KPI's own places."""
        return f"{fixed(scaled_half_up(Fraction(value), self.places), self.places)}{self.unit}"

    def _write(self, value: Decimal | Fraction, unit: str) -> str:
        number = Fraction(value)
        for places in range(self.places, self.places + 3):
            if has_finite_decimal(number, places):
                return f"{fixed(scaled_half_up(number, places), places)}{unit}"
        return f"約{fixed(scaled_half_up(number, self.places + 1), self.places + 1)}{unit}"


def style_of(unit: str, decimals: int | None, figures: Iterable[Decimal]) -> FigureStyle:
    """Return the style of a KPI: its own decimal places, else those of the figures themselves."""
    if decimals is not None:
        return FigureStyle(decimals, unit)
    return FigureStyle(max((0, *map(_needed_places, figures))), unit)


def _needed_places(figure: Decimal) -> int:
    """Count the decimal places a figure needs; a database pads with zeros what was entered without."""
    number = Fraction(figure)
    return next(
        (places for places in range(_MOST_PLACES) if has_finite_decimal(number, places)), _MOST_PLACES
    )


def percent(rate: Decimal | Fraction, thresholds: Iterable[Decimal] = ()) -> str:
    """Write a rate in percent with one decimal place, half up.

    Where rounding would lift a rate over a threshold it does not reach (99.96 ％ is not 100.0 ％), more
    places are written, and at last 「100％未満」.
    """
    number = Fraction(rate)
    limits = [Fraction(limit) for limit in (*thresholds, Decimal(1)) if number < limit]
    for places in range(1, _MOST_PLACES + 1):
        shown = scaled_half_up(number, places + 2)
        if all(shown * limit.denominator < limit.numerator * 10 ** (places + 2) for limit in limits):
            return f"{fixed(shown, places)}％"
    return f"{_plain(100 * min(limits))}％未満"


def fixed(scaled: int, places: int) -> str:
    """Write an integer of 1/10^places units with its decimal point and thousands separators."""
    whole, rest = divmod(abs(scaled), 10**places)
    sign = "-" if scaled < 0 else ""
    return f"{sign}{whole:,}.{rest:0{places}}" if places else f"{sign}{whole:,}"


def limit_text(limit: Decimal) -> str:
    """Write a band's limit, a share, in percent without needless zeros."""
    return f"{_plain(Fraction(limit) * 100)}％"


def _plain(value: Fraction) -> str:
    return fixed(scaled_half_up(value, _MOST_PLACES), _MOST_PLACES).rstrip("0").rstrip(".")


def years_text(years: tuple[int, ...]) -> str:
    """Write several fiscal years, a run of them as its first and last."""
    if len(years) > 1 and years[-1] - years[0] == len(years) - 1:
        return f"{era_label(years[0])}から{era_label(years[-1])}まで"
    return "・".join(era_label(year) for year in years)
