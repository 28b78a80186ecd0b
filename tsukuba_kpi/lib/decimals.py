"""Decimals without surprises: rounding half up, plain writing, exact powers of ten, floats of workbooks."""

from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_UP, Context, Decimal
from typing import Final

# Wide enough that nothing the product holds is ever rounded by the context itself.
EXACT: Final = Context(prec=400, rounding=ROUND_HALF_UP, Emax=MAX_EMAX, Emin=MIN_EMIN)
# A double carries 15 decimal digits safely; the 16th and 17th are where 0.1 + 0.2 shows its noise.
SIGNIFICANT_DIGITS_OF_A_FLOAT: Final = 15


def round_half_up(value: Decimal, places: int) -> Decimal:
    """Return a value rounded to decimal places, halves away from zero (四捨五入; -2.5 → -3).

    `places` may be negative (-3: thousands). Zero comes out without a sign.

    :raises ValueError: not a finite number
    """
    _require_finite(value)
    rounded = value.quantize(Decimal(1).scaleb(-places), context=EXACT)
    return rounded if rounded else abs(rounded)


def to_plain(value: Decimal) -> str:
    """Return a value in digits: no exponent, no trailing zeros, no -0. `Decimal` of it equals the value.

    :raises ValueError: not a finite number
    """
    _require_finite(value)
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def shift(value: Decimal, powers_of_ten: int) -> Decimal:
    """Return value × 10^n exactly."""
    return value.scaleb(powers_of_ten, context=EXACT)


def from_float(value: float) -> Decimal:
    """Return the decimal a workbook's float stands for: 15 significant digits (0.30000000000000004 → 0.3).

    :raises ValueError: not a finite number
    """
    decimal = Decimal(format(value, f".{SIGNIFICANT_DIGITS_OF_A_FLOAT}g"))
    _require_finite(decimal)
    return Decimal(to_plain(decimal))


def _require_finite(value: Decimal) -> None:
    if not value.is_finite():
        raise ValueError(f"not a finite number: {value}")
