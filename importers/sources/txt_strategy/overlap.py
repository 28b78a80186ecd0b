"""How many words two names share, without a dictionary: common stretches of characters, rare ones first."""

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

_KANJI = re.compile(r"[一-龠々]+")
_OTHER_WORDS = re.compile(r"[ァ-ヶー]{3,}|[Ａ-Ｚａ-ｚA-Za-z]{2,}")
# Words any undertaking of a city may bear; sharing them says nothing.
_EMPTY_WORDS = re.compile(
    r"事業|推進|促進|活用|支援|整備|創出|実施|対策|運営|管理|交付金|プロジェクト|プログラム|取組|強化|向上|充実|"
    r"年度|平成|令和|人数|件数|割合|延べ|年間|参加者|利用者"
)
_SINGLE, _STRETCH = 25, 80


@lru_cache(maxsize=5_000)
def word_parts(text: str) -> frozenset[str]:
    """Return the kanji, pairs of kanji and stretches of three katakana or letters of a text."""
    meaning = _EMPTY_WORDS.sub(" ", text)
    parts: set[str] = set()
    for run in _KANJI.findall(meaning):
        parts.update(run)
        parts.update(run[index : index + 2] for index in range(len(run) - 1))
    for run in _OTHER_WORDS.findall(meaning):
        parts.update(run[index : index + 3] for index in range(max(len(run) - 2, 1)))
    return frozenset(parts)


def shared_words(left: str, right: str, common: Counter[str] | None = None) -> int:
    """Return how much two texts have in common, in hundredths of a logarithm.

    `common` counts in how many names a part occurs: what is everywhere says little.
    """
    total = 0
    for part in word_parts(left) & word_parts(right):
        weight = _SINGLE if len(part) == 1 else _STRETCH
        total += weight // 2 if common is None else round(weight / max(common[part] - 1, 1))
    return total


def count_parts(names: Iterable[str]) -> Counter[str]:
    """Return in how many names each part occurs."""
    counter: Counter[str] = Counter()
    for name in names:
        counter.update(word_parts(name))
    return counter
