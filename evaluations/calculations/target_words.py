"""Targets that are words: what they ask for, and whether an actual meets them."""

import unicodedata
from enum import Enum
from fractions import Fraction

from evaluations.calculations.rates import is_met
from strategy.enums import Direction


class WordMeaning(Enum):
    """What a target in words asks of the figure, compared with the baseline."""

    KEEP = "keep"
    RISE = "rise"
    FALL = "fall"


_KEEP = ("維持", "現状維持", "水準維持", "同水準", "横ばい", "現状")
_RISE = ("増加", "増", "増やす", "向上", "上昇", "拡大")
_FALL = ("減少", "減", "減らす", "低下", "縮小")
_WORDS = (
    dict.fromkeys(_KEEP, WordMeaning.KEEP)
    | dict.fromkeys(_RISE, WordMeaning.RISE)
    | dict.fromkeys(_FALL, WordMeaning.FALL)
)
_IDLE = ("させる", "する", "すること", "を目指す", "を図る", "の", "以上")


def word_meaning(word: str, direction: Direction) -> WordMeaning | None:
    """Return what a target word asks for, None for a word that no figure can be held against.

    「改善」 is towards the KPI's own direction.
    """
    plain = "".join(unicodedata.normalize("NFKC", word).split())
    for idle in _IDLE:
        plain = plain.removesuffix(idle)
    if plain == "改善":
        return {Direction.UP: WordMeaning.RISE, Direction.DOWN: WordMeaning.FALL}.get(direction)
    return _WORDS.get(plain)


def meets_word(
    meaning: WordMeaning, actual: Fraction, baseline: Fraction, direction: Direction, band: Fraction
) -> bool:
    """Tell whether an actual does what the word asks for.

    現状維持 of a rising KPI is also met by a better figure; of a KPI to be maintained, within ±band.
    """
    if meaning is WordMeaning.RISE:
        return actual > baseline
    if meaning is WordMeaning.FALL:
        return actual < baseline
    return is_met(actual, baseline, direction, band)
