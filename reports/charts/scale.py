"""Axes: where a value or a fiscal year stands in a picture."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

STEPS = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))


@dataclass(frozen=True)
class Axis:
    """A value axis from `low` to `high` with marks in between, drawn over `length` pixels upwards."""

    low: Decimal
    high: Decimal
    marks: tuple[Decimal, ...]
    length: Decimal

    def at(self, value: Decimal) -> Decimal:
        """Return the distance of a value from the top, in pixels."""
        return pixels((self.high - value) / (self.high - self.low) * self.length)


def value_axis(values: Iterable[Decimal], *, length: int, count: int = 5) -> Axis:
    """Return an axis that holds all values, with about `count` marks at round figures."""
    found = sorted(values) or [Decimal(0)]
    low, high = found[0], found[-1]
    if low == high:
        margin = abs(low) / 10 or Decimal(1)
        low, high = low - margin, high + margin
    step = _step((high - low) / count)
    first = (low / step).to_integral_value(ROUND_FLOOR) * step
    last = (high / step).to_integral_value(ROUND_CEILING) * step
    number = int((last - first) / step)
    return Axis(first, last, tuple(first + step * i for i in range(number + 1)), Decimal(length))


def _step(rough: Decimal) -> Decimal:
    size = Decimal(1).scaleb(rough.adjusted())
    return next(size * step for step in STEPS if size * step >= rough)


def pixels(value: Decimal) -> Decimal:
    """Return a length rounded to a tenth of a pixel."""
    return value.quantize(Decimal("0.1"), ROUND_HALF_UP)
