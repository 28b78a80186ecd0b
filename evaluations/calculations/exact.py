"""Exact numbers: fractions inside, Decimals at the edges, rounding half up only when shown.

A third of a target has no finite decimal. Rounding it, even at fifty digits, can push a rate that
is exactly 60 % below its threshold; fractions cannot. They also make every result independent of
the decimal context of whoever calls.
"""

from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

# Wide enough that a shown figure rounds as the exact one would; traps nothing, for division of
# integers only.
_WIDE = Context(prec=60, rounding=ROUND_HALF_EVEN, Emax=999_999, Emin=-999_999)


def exact(value: Decimal) -> Fraction:
    """Return a Decimal as the fraction it is.

    :raises ValueError, OverflowError: for NaN and infinity.
    """
    return Fraction(value)


def as_decimal(value: Fraction) -> Decimal:
    """Return a fraction as a Decimal: exact where 60 digits hold it, else to 60 digits."""
    return _WIDE.divide(Decimal(value.numerator), Decimal(value.denominator))


def round_half_up(value: Fraction, places: int) -> Decimal:
    """Round to a number of decimal places, halves away from zero, with exactly that many places shown.

    Zero never carries a minus sign.
    """
    return Decimal(f"{scaled_half_up(value, places)}E-{places}")


def scaled_half_up(value: Fraction, places: int) -> int:
    """Return a value times 10 to the power of `places`, rounded half up (away from zero) to an integer."""
    numerator, denominator = value.numerator, value.denominator
    digits: int = (2 * abs(numerator) * 10**places + denominator) // (2 * denominator)
    return -digits if numerator < 0 else digits


def has_finite_decimal(value: Fraction, places: int) -> bool:
    """Tell whether a fraction needs no more than so many decimal places."""
    return bool(10**places % value.denominator == 0)
