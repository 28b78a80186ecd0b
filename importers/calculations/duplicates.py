"""Rows of one document that speak of the same thing: repeated without harm, or contradicting."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

from importers.calculations.rows import Doubt, Location, SourceRow
from tsukuba_kpi.lib.japanese_text import match_key


@dataclass(frozen=True, slots=True)
class Duplicate:
    """What is wrong with one row: it repeats an earlier row, or contradicts other rows (`refusal`)."""

    doubts: tuple[Doubt, ...]
    is_repetition: bool = False
    refusal: str | None = None


def find_duplicates(
    rows: Sequence[SourceRow],
    keys: Sequence[Hashable | None],
    content: Callable[[SourceRow], tuple[object, ...]],
    label: Callable[[SourceRow], str],
) -> dict[int, Duplicate]:
    """Return, by the row's index, what is to be said about rows that share an identity, their key.

    Identical rows: the first stands, the others are repetitions. Contradicting rows are all refused:
    which one is right is not for a program to choose. `label` names the identity in the messages.
    """
    if len(set(keys)) == len(keys):
        return {}
    groups: dict[Hashable, list[int]] = {}
    for index, (row, key) in enumerate(zip(rows, keys, strict=True)):
        if key is not None and row.refused is None:
            groups.setdefault(key, []).append(index)
    found: dict[int, Duplicate] = {}
    for indexes in groups.values():
        if len(indexes) > 1:
            found |= _judge(rows, indexes, content, label(rows[indexes[0]]))
    return found


def _judge(
    rows: Sequence[SourceRow],
    indexes: list[int],
    content: Callable[[SourceRow], tuple[object, ...]],
    label: str,
) -> Mapping[int, Duplicate]:
    places = "と".join(f"{index + 1}件目（{short_place(rows[index].location)}）" for index in indexes)
    contents = {tuple(_key(value) for value in content(rows[index])) for index in indexes}
    if len(contents) == 1:
        message = f"{label}が{places}に同じ内容で重複しています。1件として扱います。"
        doubt = Doubt("duplicate_same", None, message, review=False)
        return {index: Duplicate((doubt,), is_repetition=True) for index in indexes[1:]}
    differing = _names_differing(rows, indexes)
    message = (
        f"{label}が{places}に異なる内容（{differing}）で重複しています。"
        "正しい行だけを残してから取り込んでください。"
    )
    doubt = Doubt("duplicate_conflict", None, message)
    return {index: Duplicate((doubt,), refusal=message) for index in indexes}


def _key(value: object) -> object:
    if isinstance(value, str):
        return match_key(value)
    if isinstance(value, list | tuple):
        return tuple(_key(item) for item in value)
    return value


_LABELS = {
    "name": "名称",
    "bureau": "部局",
    "section": "担当課",
    "purpose": "目的",
    "summary": "概要",
    "results": "成果",
    "sections": "担当課",
    "node": "名称",
    "project": "個別事業",
    "kpi": "指標名",
    "target": "目標値",
    "actual": "実績値",
    "status": "状態",
}


def _names_differing(rows: Sequence[SourceRow], indexes: list[int]) -> str:
    first = rows[indexes[0]].fields
    names = [
        _LABELS[name]
        for name in first
        if name in _LABELS and len({str(_key(rows[index].fields.get(name))) for index in indexes}) > 1
    ]
    return "・".join(dict.fromkeys(names)) or "内容"


def short_place(location: Location) -> str:
    """Name a place inside its file: シート「一覧」　5行目."""
    words = str(location).split("　")[1:]
    return "　".join(words) or "場所不明"


# Readers say so too, but know neither the other row's content nor what becomes of both.
_READERS_CODES = frozenset({"duplicate_number", "duplicate_row"})


def without_readers_word(doubts: tuple[Doubt, ...]) -> tuple[Doubt, ...]:
    """Return a row's doubts without the reader's own word about duplicates."""
    return tuple(doubt for doubt in doubts if doubt.code not in _READERS_CODES)
