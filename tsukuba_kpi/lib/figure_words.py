"""Words that stand in the place of a figure: why there is no number, when it comes, how it is meant."""

import calendar
import datetime
import re
from dataclasses import dataclass
from typing import Final, Literal

from tsukuba_kpi.lib.fiscal_year import parse_period
from tsukuba_kpi.lib.year_mentions import joined_at, normalise

MissingStatus = Literal["pending", "not_surveyed", "unknown", "not_applicable"]


@dataclass(frozen=True, slots=True)
class ExpectedOn:
    """When a figure is announced to come, as far as the text says it.

    `year` and `month` are calendar; 「9月公表予定」 has no year. 「令和7年度中」
    has only `fiscal_year`.
    """

    year: int | None = None
    month: int | None = None
    day: int | None = None
    fiscal_year: int | None = None

    def resolve(self, after: datetime.date | None = None) -> datetime.date | None:
        """Return the last day that is meant, None where the text does not settle it.

        A month without a year is the next one on or after `after`; without `after` it stays open.
        """
        if self.month is None:
            return None if self.fiscal_year is None else datetime.date(self.fiscal_year + 1, 3, 31)
        year = self.year
        if year is None:
            if after is None:
                return None
            year = after.year if self.month >= after.month else after.year + 1
        return datetime.date(year, self.month, self._day_in(year, self.month))

    def _day_in(self, year: int, month: int) -> int:
        last = calendar.monthrange(year, month)[1]
        return last if self.day is None else min(self.day, last)


@dataclass(frozen=True, slots=True)
class MissingWords:
    """A text that says there is no figure."""

    status: MissingStatus
    expected_on: ExpectedOn | None


_WORK: Final = (
    "調査|集計|推計|算定|算出|計算|確認|精査|照会|取りまとめ|とりまとめ|取り纏め|取纏め|作業|分析|審査|調整|検討|協議|測定|計測|"
    "把握|編集|作成|検証|準備|整理|公表準備|手続"
)
_RESULT: Final = "公表|確定|判明|発表|集計|算定|算出|公開|報告|推計|把握|測定|計測|調査|実施|入手|提供"
_PENDING: Final = re.compile(
    rf"(?:{_WORK})(?:作業)?中|未(?:確定|公表|発表|集計|判明|着|定|公開|決定|算定|算出|推計|了|済)|"
    rf"(?:{_RESULT}|結果|データ)(?:を?待ち|予定|見込み?)|(?:公表|確定|判明|発表|集計|算定|公開)前|"
    r"(?:確定|公表|発表|集計|判明|公開)(?:されて|して|が出て)い(?:ない|ません)|結果(?:が|は)?出てい?(?:ない|ません)|"
    r"^(?:今後|後日)(?:公表|確定|集計|報告|入力|記入)?|(?:に|以降|以後|頃|中|末)(?:公表|確定|判明|集計|公開)$|"
    r"(?:公表|確定|判明)(?:予定|時期)?[はが:]\x01(?:頃|末|中|以降|予定|中旬|上旬|下旬)*"
)
_NOT_SURVEYED: Final = re.compile(
    r"(?:調査|アンケート|測定|計測)(?:の?実施)?(?:は|を)?(?:な|無)し|未(?:調査|実施|測定|計測)|"
    r"(?:調査|アンケート|測定|計測)(?:は|を)?(?:実施|行|おこな)?"
    r"(?:せず|わず|っていない|していない|しない|わない|しなかった|わなかった|できず)|"
    r"実施(?:せず|していない|しない|しなかった|できず)|"
    r"非調査年|調査(?:年度?|実施年度?)(?:で|では)(?:な|無)|実施(?:は)?(?:な|無)し|隔年(?:調査|実施)?|調査(?:中止|休止|延期)|"
    r"(?:調査|実施)対象(?:年度?)?外|調査の?ない年|次回(?:調査|実施)?|年(?:ごと|毎|おき)の?(?:調査|実施)?$"
)
_CLOSED: Final = (
    r"休館|休止|休業|休園|休場|休校|閉館|閉鎖|閉園|閉校|中止|延期|廃止|終了|統合|未開催|"
    r"開催(?:は|を)?(?:せず|な|無)し?|開催していない|開催できず"
)
_NOT_APPLICABLE: Final = re.compile(
    r"該当(?:者|事業|箇所|データ)?(?:せず|しない|(?:が|は)?(?:な|無)(?:し|い))|非該当|対象外|"
    r"対象(?:者|事業|施設|案件|地区)?(?:が|は)?(?:な|無)(?:し|い)|"
    r"(?:事業|制度|開設|開始|開館|開園|開校|開所|整備|供用開始|供用|実施|導入|着手|施行|設立|設置|稼働|運用)前|"
    r"未(?:開設|開始|着手|導入|整備|供用|設置|施行|設立|開館|開校|開園|開所|稼働|設定|策定)|事業(?:の実施)?(?:な|無)し|"
    r"(?:目標|目標値|数値目標|基準値)?(?:を|は|の)?設定(?:せず|していない|しない|(?:な|無)し)|目標値?(?:な|無)し|"
    + _CLOSED
)
_UNKNOWN: Final = re.compile(
    r"不明|未把握|把握(?:不可|不能|困難|せず|していない|できない|できず|(?:な|無)し)|不詳|"
    r"(?:データ|数値|実績|実績値|値|資料|記録|統計|回答|報告|集計|記載|計上|数字|基準値|現状値)(?:が|は|の)?(?:な|無)(?:し|い)|"
    r"(?:算出|算定|計測|測定|集計|比較|計算|把握|推計)(?:不可|不能|困難|できず|できない)|欠測|欠損|"
    r"未(?:入力|記入|報告|回答|提出|記載)|非公表|非公開|秘匿"
)
_EXACTLY_UNKNOWN: Final = frozenset({"なし", "無し", "無", "ナシ", "n/a", "na", "n.a.", "n.a"})
# After NFKC: … is three points.
_DASH_ONLY: Final = re.compile(r"[-ー]+|/|[.]{2,6}|・{2,6}")
# 令和３年度開設, R4廃止: the thing did not exist yet, or does no longer.
_BEGAN_OR_ENDED: Final = re.compile(
    r"^(?:に|から|より|の|以降|で|をもって|末|中)*.{0,12}?"
    r"(?:開設|開始|開館|開園|開校|開所|開業|設置|設立|新設|創設|導入|着手|施行|運用|稼働|オープン|新規|新規事業|創刊|発足|策定|"
    r"実施|統合|廃止|終了|休止|移行|完了|再編|改組)(?:予定|見込み?|済み?|のため|事業|した|する)*$"
)

_BARE_DATE: Final = re.compile(
    r"(?:翌年度?|来年度?|今年度?|次年度|当年度?|本年度?)?[0-9]{1,2}月(?:[0-9]{1,2}日)?|[0-9]{1,2}日"
)
_COUNTED_TIME: Final = re.compile(
    r"[0-9]{1,2}(?:年度?|か年|カ年|ヶ年|か月|カ月|ヶ月)(?:に[0-9]{1,2}[回度]|ごと|毎|おき|周期|間)|第[0-9]{1,2}(?:四半期|回|期|次|弾)|[0-9]{1,2}類|"
    r"COVID-?19|[0-9]{1,2}年度"
)
DATE_MARK: Final = "\x01"


def without_dates(text: str) -> str:
    """Return normalised text with every date, month, fiscal year and interval replaced by one mark."""
    plain = normalise(text)
    pieces: list[str] = []
    position = 0
    while position < len(plain):
        mention = joined_at(plain, position, None)
        if mention is not None and (
            mention.explicit or mention.month is not None or plain[position].isalpha()
        ):
            pieces.append(DATE_MARK)
            position = mention.end
            continue
        match = _COUNTED_TIME.match(plain, position) or _BARE_DATE.match(plain, position)
        pieces.append(DATE_MARK if match else plain[position])
        position = match.end() if match else position + 1
    return "".join(pieces)


_DATE_ENDING: Final = re.compile(r"(?:現在|時点|末|頃|ごろ|中|上旬|中旬|下旬|分)*")
_MONTH_ALONE: Final = re.compile(
    r"(?:翌年度?|来年度?|今年度?|次年度|当年度?|本年度?)?(?:1[0-2]|0?[1-9])月(?:[0-9]{1,2}日)?|[0-9]{1,2}年度"
)


def is_date(text: str) -> bool:
    """Say whether a text is a date, a month, a year or a period and nothing else (4月1日, R6.3.31, R2～R6).

    2024.5 and 2024 alone are numbers; so are 10日 and 5年, which count.
    """
    plain = normalise(text).strip("()[]")
    if re.fullmatch("[0-9.,]*", plain):
        return False
    mention = joined_at(plain, 0, None)
    if mention is None:
        match = _MONTH_ALONE.match(plain)
        return match is not None and _DATE_ENDING.fullmatch(plain, match.end()) is not None
    says_so = mention.explicit or mention.month is not None or plain[0].isalpha()
    if says_so and _DATE_ENDING.fullmatch(plain, mention.end):
        return True
    period = parse_period(plain)
    return period is not None and (says_so or "年" in plain)


def read_missing(text: str) -> MissingWords | None:
    """Return what a text says about the absence of a figure, None where it does not say that.

    The main clause decides before what stands in brackets; digits other than dates make it None.
    """
    plain = normalise(text)
    if plain and _DASH_ONLY.fullmatch(plain):
        return MissingWords("unknown", None)
    words = without_dates(text).strip("※*。.、,:;!")
    if not words or re.search("[0-9]", words):
        return None
    main = re.sub(r"[(\[〔【<「][^)\]〕】>」]*[)\]〕】>」]", "", words).strip("※*。、-")
    inner = "".join(re.findall(r"[(\[〔【<「]([^)\]〕】>」]*)", words))
    status = _status_of(main) if main else None
    if status is None and (not main or _DASH_ONLY.fullmatch(main)):
        status = _status_of(inner) or ("unknown" if main else None)
    if status is None:
        return None
    return MissingWords(status, find_expected(text) if status == "pending" else None)


_TAIL: Final = re.compile(
    r"(?:です|である|のため|につき|により|によって|となっている|となった|とする|とした|の年度?|年度|年|。|、|ため|\x01|\(|\))+$"
)


_BECAUSE: Final = r"(?:の|な)?(?:ため|影響|につき|により|によって)"
_CAUSES: Final[tuple[tuple[re.Pattern[str], MissingStatus], ...]] = (
    (
        re.compile(
            rf"(?:隔年|調査年度?(?:では|で)?ない|調査(?:なし|無し)|未調査|調査未実施)[^。]*{_BECAUSE}"
        ),
        "not_surveyed",
    ),
    (
        re.compile(rf"(?:{_CLOSED}|新規(?:事業)?|未開設|(?:事業|制度)開始(?:前|年度)?){_BECAUSE}"),
        "not_applicable",
    ),
)


def _status_of(clause: str) -> MissingStatus | None:
    if not clause or clause.lower() in _EXACTLY_UNKNOWN:
        return "unknown" if clause else None
    trimmed = _TAIL.sub("", clause) or clause
    caused = next((status for pattern, status in _CAUSES if pattern.search(clause)), None)
    rules: tuple[tuple[re.Pattern[str], MissingStatus], ...] = (
        (_PENDING, "pending"),
        (_NOT_SURVEYED, "not_surveyed"),
        (_NOT_APPLICABLE, "not_applicable"),
        (_UNKNOWN, "unknown"),
    )
    for candidate in dict.fromkeys((clause, trimmed)):
        for pattern, status in rules:
            if any(match.end() == len(candidate) for match in pattern.finditer(candidate)):
                return caused if caused and status != "pending" else status
    if DATE_MARK in clause:
        return _dated_status(clause)
    return None


def _dated_status(clause: str) -> MissingStatus | None:
    rest = clause.split(DATE_MARK, 1)[1] if clause.startswith(DATE_MARK) else ""
    if rest and _BEGAN_OR_ENDED.match(rest.replace(DATE_MARK, "")):
        return "not_surveyed" if "調査" in rest else "not_applicable"
    if re.fullmatch(rf"(?:次回|前回)(?:の)?(?:調査|実施)?(?:は|:)?{DATE_MARK}.*", clause):
        return "not_surveyed"
    return None


def find_expected(text: str) -> ExpectedOn | None:
    """Return the first month, day or fiscal year that a text names, None where it names none."""
    plain = normalise(text)
    for position in range(len(plain)):
        mention = joined_at(plain, position, None)
        if mention is not None and mention.year is not None:
            if mention.month is not None:
                day = re.search(r"([0-9]{1,2})日", plain[position : mention.end])
                return ExpectedOn(mention.year, mention.month, int(day[1]) if day else None)
            if mention.unit == "年度":
                return ExpectedOn(fiscal_year=mention.year)
        match = re.compile(r"(?<![0-9])(1[0-2]|0?[1-9])月(?:([0-9]{1,2})日)?").match(plain, position)
        if match is not None:
            return ExpectedOn(None, int(match[1]), int(match[2]) if match[2] else None)
    return None


_TARGET_WORD: Final = re.compile(
    r"(?:(?:対?前年度?|対前年|前年度?実績|前期|現状|現状値|基準値|基準年度?|毎年度?|年々|前回|前回調査|全国平均|県平均|市平均|平均)(?:値)?(?:比|より|から|に比べ|に対し)?(?:で|の|を|に|と|、)?)?"
    r"(?:現状)?(?:維持|増加|減少|上昇|低下|向上|改善|拡大|縮小|横ばい|増|減|以上|以下|未満|超|同程度|同水準|上回る|下回る|達成|未達成|維持・?向上|維持又は向上|維持または向上|"
    r"策定|完了|完成|実施|継続実施|継続|整備|整備完了|開設|運用開始|実現|皆増|皆減)"
    r"(?:させる|する|を?目指す|を?図る|を?維持(?:する)?|傾向|を?上回る|を?下回る|こと)*"
)


def read_word(text: str) -> str | None:
    """Return the word of a target that is no number (現状維持, 増加, 前年度以上, 皆増), else None."""
    plain = normalise(text).strip("。()「」")
    return plain if _TARGET_WORD.fullmatch(plain) else None
