"""Which programs may serve which measures and KPIs: proposals from words and sections, with their reason.

Two texts have something in common where they share a run of kanji or katakana that is rare among all the
names compared. A proposal is never more than that: a person accepts or refuses it.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from tsukuba_kpi.lib.japanese_text import match_key

SHORTEST, MOST_OF_ONE = 2, 3
# What a proposal needs: a rare word of three characters in both names, or two words, or one and the section.
ENOUGH = Fraction(4)
NAME_COUNTS, TEXT_COUNTS, SECTION_COUNTS = Fraction(2), Fraction(1), Fraction(2)
# Words of all programs and plans alike, alone or one after the other: they join nothing.
_EMPTY = re.compile(
    "(?:事業|推進|支援|整備|実施|運営|管理|運用|促進|充実|強化|向上|拡充|活用|活動|対策|事務|業務|計画|策定|調査|制度|補助金?|助成"
    "|市民|市内|市外|本市|地域|全体|利用者?|参加者?|年間|年度|件数|回数|人数|者数|割合|平均|累計|合計|目標|目的|概要|成果|実績"
    "|必要|機会|確保|提供|開催|実現|取組|関係|関連|施設|団体|職員|相談|情報|環境|社会|体制|人口|公式|拡大|増加|創出|対応|世帯|防止"
    "|サービス|システム|プロジェクト|等|的|化|者|数|率|費|課)+"
)


@dataclass(frozen=True)
class Side:
    """One end of a possible link: an id, its names, further texts, and the sections that answer for it."""

    id: int
    names: tuple[str, ...]
    texts: tuple[str, ...] = ()
    sections: frozenset[int] = frozenset()


@dataclass(frozen=True)
class LinkProposal:
    """A program and a target that seem to belong together, with the words they share."""

    program_id: int
    target_id: int
    score: Fraction
    words: tuple[str, ...]
    same_section: bool

    @property
    def reason(self) -> str:
        """Return in words why."""
        shared = "".join(f"「{word}」" for word in self.words)
        parts = [f"{shared}が共通している"] if shared else []
        if self.same_section:
            parts.append("担当課室が同じ")
        return "、".join(parts)


def propose_links(programs: Sequence[Side], targets: Sequence[Side]) -> list[LinkProposal]:
    """Return the likeliest targets of every program, best first, at most three each."""
    words_of_targets = {target.id: _Words.of(target) for target in targets}
    words_of_programs = {program.id: _Words.of(program) for program in programs}
    spread = Counter(word for words in words_of_targets.values() for word in words.grams)
    by_gram: dict[str, set[int]] = {}
    for target_id, words in words_of_targets.items():
        for gram in words.grams:
            by_gram.setdefault(gram, set()).add(target_id)
    by_id = {target.id: target for target in targets}
    found = []
    for program in programs:
        words = words_of_programs[program.id]
        near = set().union(*(by_gram.get(gram, set()) for gram in words.grams))
        proposals = [
            _compare(program, words, by_id[target_id], words_of_targets[target_id], spread, len(targets))
            for target_id in sorted(near)
        ]
        likely = sorted((p for p in proposals if p.score >= ENOUGH), key=lambda p: (-p.score, p.target_id))
        found += likely[:MOST_OF_ONE]
    return found


@dataclass(frozen=True)
class _Words:
    """The runs of kanji and katakana of a side: in its names, in all it says, and as pairs of letters."""

    names: tuple[str, ...]
    texts: tuple[str, ...]
    grams: frozenset[str]

    @classmethod
    def of(cls, side: Side) -> "_Words":
        names, texts = _runs(side.names), _runs(side.texts)
        grams = {run[i : i + 2] for run in (*names, *texts) for i in range(len(run) - 1)}
        return cls(names, texts, frozenset(gram for gram in grams if not _EMPTY.fullmatch(gram)))


def _runs(texts: Iterable[str]) -> tuple[str, ...]:
    runs: dict[str, None] = {}
    for text in texts:
        run = ""
        for character in [*match_key(text), " "]:
            if _is_telling(character, run):
                run += character
                continue
            if len(run) >= SHORTEST:
                runs[run] = None
            run = character if _is_telling(character, "") else ""
    return tuple(runs)


def _is_telling(character: str, run: str) -> bool:
    """Tell whether a character goes on with a run: kanji with kanji, katakana with katakana."""
    kind = _kind(character)
    return kind != "" and (not run or _kind(run[-1]) == kind)


def _kind(character: str) -> str:
    if "一" <= character <= "鿿" or character in "々〆":
        return "kanji"
    if "ァ" <= character <= "ヺ" or character == "ー":
        return "katakana"
    return ""


def _compare(
    program: Side, words: _Words, target: Side, others: _Words, spread: Mapping[str, int], total: int
) -> LinkProposal:
    in_names = _shared(words.names, others.names)
    elsewhere = _shared((*words.names, *words.texts), (*others.names, *others.texts)) - in_names
    elsewhere = {word for word in elsewhere if not any(word in longer for longer in in_names)}
    weights = {word: NAME_COUNTS * _weight(word, spread, total) for word in in_names}
    weights |= {word: TEXT_COUNTS * _weight(word, spread, total) for word in elsewhere}
    told = sorted((word for word, weight in weights.items() if weight), key=lambda w: (-weights[w], w))
    same = bool(program.sections & target.sections)
    score = sum(weights.values(), Fraction(0)) + (SECTION_COUNTS if same and told else 0)
    return LinkProposal(program.id, target.id, score, tuple(told[:4]), same)


def _weight(word: str, spread: Mapping[str, int], total: int) -> Fraction:
    """Return what a shared word counts: its length, and less the more targets have its rarest pair."""
    grams = [word[i : i + 2] for i in range(len(word) - 1) if not _EMPTY.fullmatch(word[i : i + 2])]
    if not grams:
        return Fraction(0)
    commonest = Fraction(min(spread.get(gram, 1) for gram in grams), max(total, 1))
    if commonest > Fraction(1, 4) and total >= 8:
        return Fraction(0)
    return Fraction(min(len(word), 5), 2)


def _shared(some: Iterable[str], others: Iterable[str]) -> set[str]:
    """Return the longest common pieces of two sets of runs, of at least two characters, no empty words."""
    found: set[str] = set()
    others = tuple(others)
    for run in some:
        for other in others:
            found |= _common_pieces(run, other)
    return {word for word in found if not any(word != longer and word in longer for longer in found)}


def _common_pieces(run: str, other: str) -> set[str]:
    pieces, start = set(), 0
    while start < len(run) - 1:
        length = SHORTEST
        if run[start : start + length] not in other:
            start += 1
            continue
        while start + length < len(run) and run[start : start + length + 1] in other:
            length += 1
        piece = run[start : start + length]
        if _is_word(piece, run, other):
            pieces.add(piece)
        start += length - 1
    return pieces


def _is_word(piece: str, run: str, other: str) -> bool:
    """Tell whether a common piece says something; katakana only as a whole word of one side."""
    if _EMPTY.fullmatch(piece):
        return False
    return _kind(piece[0]) == "kanji" or piece in (run, other)
