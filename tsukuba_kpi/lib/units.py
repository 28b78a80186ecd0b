"""Units of figures: which spellings are one unit, and what power of ten lies between two of them.

Only powers of ten of one unit are converted (円 / 千円 / 億円, 人 / 万人). Different units are never turned
into each other, not even where a factor exists (ha and ㎡, ％ and ‰): a person decides.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final


def spellings(table: dict[str, str]) -> dict[str, str]:
    """Turn {meaning: "spelling spelling"} into {spelling: meaning}."""
    return {spelling: meaning for meaning, words in table.items() for spelling in words.split()}


_SYNONYMS: Final = spellings(
    {
        "人": "名",
        "%": "パーセント percent ぱーせんと",
        "‰": "パーミル",
        "m2": "平方メートル 平米 平方m",
        "km2": "平方キロメートル 平方キロ 平方km",
        "m3": "立方メートル",
        "ha": "ヘクタール HA Ha",
        "a": "アール",
        "m": "メートル",
        "km": "キロメートル KM Km",
        "cm": "センチメートル",
        "mm": "ミリメートル",
        "g": "グラム",
        "kg": "キログラム Kg KG",
        "t": "トン",
        "L": "リットル ℓ",
        "kL": "キロリットル kl",
        "kWh": "kwh KWh KWH キロワット時",
        "kW": "キロワット kw KW",
        "ポイント": "pt ポ %ポイント パーセントポイント",
        "店": "店舗",
        "歳": "才",
        "ページ": "頁",
        "か所": "ヶ所 ケ所 カ所 ヵ所 箇所 個所 个所",
        "か国": "ヵ国 カ国 ヶ国 ケ国 箇国",
        "か月": "ヶ月 ケ月 カ月 ヵ月 箇月 個月",
        "日": "日間",
        "年": "年間",
        "週": "週間",
        "円": "¥",
        "PV": "pv ＰＶ",
        "件": "ケース",
        "t-CO2": "t-CO₂ tCO2 トン-CO2",
    }
)
_KNOWN: Final = """
    円 人 件 回 戸 世帯 台 個 本 冊 枚 匹 頭 羽 株 % ‰ ポイント 倍 割 位 点 歳 年 か月 週 日 時間 分 秒
    m km cm mm m2 km2 ha a m3 L kL mL g kg mg t W kW MW kWh MWh GWh J MJ GJ TJ t-CO2 kg-CO2 か所 店 団体
    社 校 園 館 施設 事業所 事業者 企業 地区 学級 クラス 組 者 席 床 棟 室 区画 路線 便 両 隻 基 ページ
    アクセス PV 票 泊 人泊 人日 品目 種類 種 品 地点 橋 作品 講座 教室 コマ チーム 組織 法人 グループ
    サークル クラブ か国 言語 市町村 自治会 農家 経営体 自治体 筆 口 件分 人分 食 杯 話 門 曲 巻 通 着
    足 玉 錠 箱 袋 束 缶 セット ドル ppm ppb dB 度 ℃ トランザクション フォロワー ビュー 再生
    ダウンロード 登録 会員 組合 議席 条 項 案 例 列 段 層 階 坪 反 町 畝 間 車両 編成 ルート 系統 停留所
    駅 港 公園 世帯分 戸分 名分 拠点 圏域 工区 河川 団 班 隊 局 課 所 院 病院 診療所 事例 案件 種目 競技
    大会 公演 イベント 事業 項目 指標 計画 プログラム プロジェクト 協定 契約 申請 相談 日分
"""
_BASES: Final = frozenset(_KNOWN.split())
_SCALES: Final = {
    "十": 1, "百": 2, "千": 3, "万": 4, "十万": 5, "百万": 6, "千万": 7, "億": 8, "十億": 9, "百億": 10,
    "千億": 11, "兆": 12,
}  # fmt: skip
_SCALE = re.compile(r"(千億|百億|十億|千万|百万|十万|[十百千万億兆])(.*)")
_BRACKETED = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^】]*】|〔[^〕]*〕")
NO_UNIT: Final = frozenset({"", "-", "ー", "なし", "無し", "単位なし", "該当なし"})
PERCENT: Final = "%"


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as a power of ten of its base: 百万円 is 円 with power 6. `base` is a key, not for display."""

    base: str
    power: int

    @property
    def denominator(self) -> str:
        """What stands behind the slash of 人/日, empty without one."""
        return self.base.partition("/")[2]

    @property
    def numerator(self) -> str:
        """What stands before the slash."""
        return self.base.partition("/")[0]


@lru_cache(maxsize=4096)
def parse_unit(text: str | None) -> Unit | None:
    """Return the unit of a text, None where it states none (blank, －).

    Widths, synonyms (名 = 人, 箇所 = か所, ㎡ = m2), a leading 延べ and remarks in brackets make no
    difference. A text that is no unit we know is a unit of its own.
    """
    if text is None:
        return None
    plain = _spelling(text)
    if plain in NO_UNIT:
        return None
    numerator, slash, denominator = plain.partition("/")
    base, power = _scaled(numerator)
    if slash:
        base = f"{base}/{_canonical(denominator)}"
    return Unit(base, power)


def is_known_unit(text: str) -> bool:
    """Say whether a text is a unit one may take for one where the KPI states none."""
    unit = parse_unit(text)
    if unit is None:
        return False
    return unit.numerator in _BASES and all(
        part in _BASES for part in re.split("[・/]", unit.denominator) if part
    )


def power_between(written: Unit, wanted: Unit) -> int | None:
    """Return n where 1 of the written unit is 10^n of the wanted one, None where they differ in kind.

    千円 → 円 is 3. 割 → ％ is 1. A wanted unit per something (人/年) accepts the bare numerator.
    """
    if written.base == wanted.base or (not written.denominator and written.base == wanted.numerator):
        return written.power - wanted.power
    if written.base == "割" and wanted.base == PERCENT:
        return written.power - wanted.power + 1
    return None


def _spelling(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).replace("／", "/").replace("毎", "/")
    plain = re.sub(r"[\s\u3000]+", "", plain).replace("−", "-").replace("－", "-")
    plain = re.sub("^単位[:は]?", "", plain)
    if len(plain) > 2 and plain[0] in "([【〔" and plain[-1] in ")]】〕":
        plain = plain[1:-1]
    return _BRACKETED.sub("", plain)


def _scaled(text: str) -> tuple[str, int]:
    whole = _canonical(text)
    if whole in _BASES:
        return whole, 0
    match = _SCALE.fullmatch(text)
    if match is None:
        return whole, 0
    base = _canonical(match[2])
    if base == "" or base in _BASES:
        return base, _SCALES[match[1]]
    return whole, 0


def _canonical(text: str) -> str:
    plain = re.sub("^(?:延べ|のべ|延|実)(?=.)", "", text)
    plain = _SYNONYMS.get(plain, plain)
    if plain.endswith("数") and len(plain) > 1:
        stem = _SYNONYMS.get(plain[:-1], plain[:-1])
        if stem in _BASES:
            return stem
    return _SYNONYMS.get(plain.replace("・", ""), plain.replace("・", ""))
