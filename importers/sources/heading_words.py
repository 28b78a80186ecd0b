"""Words under which cities print the columns of their lists, per kind of document.

The first word of a field is the usual one; messages name it. Widths, spaces, letter case and dashes make
no difference (`match_key`), nor do footnote marks and a year before the word.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from importers.enums import DocumentKind
from tsukuba_kpi.lib.japanese_text import match_key


@dataclass(frozen=True, slots=True)
class FieldWords:
    """The headings of one field. With `several` any number of columns may hold it."""

    field: str
    words: tuple[str, ...]
    several: bool = False


FIGURES: Final = "figures"  # columns of years, or a year beside a target or an actual


@dataclass(frozen=True, slots=True)
class KindWords:
    """The fields of a kind of document and which of them a table must have.

    `required` are groups of fields: of every group at least one must be found.
    """

    fields: tuple[FieldWords, ...]
    required: tuple[tuple[str, ...], ...]
    wide_years: bool = False

    def usual_word(self, field: str) -> str:
        """Return the heading that messages name for a field."""
        if field == FIGURES:
            return "年度ごとの目標値・実績値"
        return next((found.words[0] for found in self.fields if found.field == field), field)

    def rank(self, field: str, key: str) -> int:
        """Return how usual a word is for a field, by its key: 0 is the most usual one."""
        found = next((words for words in self.fields if words.field == field), None)
        keys = [match_key(word) for word in found.words] if found is not None else []
        return keys.index(key) if key in keys else len(keys)


# A heading of a column that is worked out from others or of no concern; known, so that nobody is asked.
IGNORED: Final = "ignored"


def _split(words: str) -> tuple[str, ...]:
    return tuple(words.split())


_DERIVED = FieldWords(
    IGNORED,
    _split(
        "達成率 進捗率 達成状況 達成度 進捗状況 進捗度 評価 判定 増減 増減率 前年度比 前年比 対前年度比 "
        "伸び率 目標達成率 自己評価 総合評価 ランク 傾向 推移"
    ),
    several=True,
)


def _kana_of(parts: str) -> tuple[str, ...]:
    """Return the headings of one part of a name as it is read: フリガナ(姓), 姓(カナ), セイ …"""
    kana = _split("フリガナ ふりがな カナ かな カナ氏名 氏名カナ 氏名フリガナ 氏名(カナ) よみ よみがな")
    names = _split(parts)
    made = (form for name in names for word in kana for form in (f"{word}({name})", f"{name}({word})"))
    joined = (form for name in names for word in kana for form in (f"{word}{name}", f"{name}{word}"))
    return (*(name for name in names if name[0] in "セせメめミみナな"), *made, *joined)


_SECTION_WORDS = _split(
    "担当課 所管課 課・室 課室 課 課名 室・課 課等 課室等 担当課名 所管課名 課室名 主管課 担当課・室 "
    "担当課室 所管課室 所管課・室 担当課等 担当部署 実施課 室課名 課・室・センター 課・室・所 "
    "課・室・所・センター 課・室等 課・所 課所 課・室・館 課・センター 課・室・局 課・室・センター名 "
    "課名称 課室名称 室課名称"
)
_BUREAU_WORDS = _split(
    "部・局 部局 部 局 部局名 部名 部局等 部等 所管部 担当部 所管部局 担当部局 部・局名 部局室 局名 "
    "局・部 部・公室 所管部・局 所属部 所属部局 所属部名 部名称 部局名称 上位組織 部門 部門名"
)
_DEPARTMENT_WORDS = _split(
    "部署名 部署 所管 所管部署 部課名 部・課 部課 部局・課 部局課 部局課名 部局・課名 所属 所属名 担当 "
    "所属名称 所管部課 担当部課 部課室 部課室名 担当部局・課 部局及び課 組織 組織名 主管 所管部課名 部課等"
)
_KPI_WORDS = _split(
    "指標・KPI名 指標名 KPI 指標 KPI名 指標・KPI 重要業績評価指標 重要業績評価指標(KPI) KPI指標 "
    "KPI(重要業績評価指標) 数値目標 指標(KPI) 指標名(KPI) KPI・指標名 評価指標 成果指標 指標の名称 "
    "指標項目 KPI名称 KPI項目 評価指標名 成果指標名 数値目標・KPI 数値目標・KPI名 "
    "重要業績評価指標名 指標等 KPIの名称 指標名称"
)
_KPI_NUMBERS = (
    "番号 No No. № 指標番号 通番 項番 指標No 指標No. 指標コード KPI番号 KPIコード KPINo KPINo. 指標ID KPIID"
)
_NOTE_WORDS = _split("備考 摘要 注記 特記事項 備考欄 メモ 注")
_UNIT_WORDS = _split("単位 単位名 指標の単位")
_BASELINE_WORDS = _split(
    "基準値 現状値 従前値 策定時 計画策定時 当初値 現況値 策定時の値 策定時の現状値 計画策定時の値 "
    "基準となる値 策定時の値(基準値) 初期値 スタート値 ベースライン 基準年度の値 策定時現状値 基準年度値 "
    "現状 現況"
)
_BASELINE_YEAR_WORDS = _split(
    "時点 基準年度 基準時点 基準年 基準値の時点 基準値の年度 現状値の年度 策定時点 現状年度 基準値年度 "
    "基準値時点 現状値の時点 現状値時点 基準年度・期間 基準期間 現況年度 現況年 現況時点 現状時点 "
    "現況値の年度 当初年度 策定年度"
)

_TARGET_YEAR_WORDS = _split(
    "目標年度 目標年 目標時点 目標値の年度 達成年度 最終年度 最終目標年度 目標達成年度 期限"
)

_PROGRAMS = KindWords(
    fields=(
        FieldWords("order", _split("通番 連番 項番 順番 通し番号 順 行番号 一連番号")),
        FieldWords(
            "number",
            _split(
                "事業番号 事務事業番号 事業コード 事務事業コード 事業No 事業No. 事務事業No 事務事業No. "
                "管理番号 整理番号 事業ID 事業の番号 事務事業ID 事業№ 事務事業№"
            ),
        ),
        FieldWords("number_or_order", _split("番号 No No. № ID #")),
        FieldWords(
            "name",
            _split(
                "事務事業名 事業名 事業名称 事務事業名称 事務事業 事業の名称 事業名等 名称 事務事業の名称"
            ),
        ),
        FieldWords("bureau", _BUREAU_WORDS),
        FieldWords("section", _SECTION_WORDS),
        FieldWords("department", _DEPARTMENT_WORDS),
        FieldWords(
            "purpose",
            _split(
                "事業の目的 目的 事業目的 目的・ねらい ねらい 事業のねらい 目的等 意図 対象・意図 目的・意図"
            ),
        ),
        FieldWords(
            "summary",
            _split(
                "事業の概要 概要 事業概要 事業内容 事業の内容 内容 取組内容 実施内容 事務事業の概要 取組概要 "
                "取組の概要 活動内容 手段 事業の手段 手段・内容"
            ),
        ),
        FieldWords(
            "results",
            _split(
                "成果 事業の成果 主な成果 実績 事業の実績 成果・実績 実績・成果 取組実績 実施結果 取組結果 "
                "実施状況 主な実績 取組の成果 成果等 活動実績 成果・効果"
            ),
        ),
        _DERIVED,
        FieldWords(IGNORED, _NOTE_WORDS, several=True),
    ),
    required=(("number",), ("name",)),
)

_STRATEGY = KindWords(
    fields=(
        FieldWords("kind", _split("種別 区分 指標種別 種類 指標区分 分類 指標の種類 指標の種別 指標の区分")),
        FieldWords("goal", _split("基本目標 政策目標 基本目標名")),
        FieldWords("policy", _split("基本施策 基本施策名 政策 基本的方向 施策の柱 基本方針 施策の方向")),
        FieldWords(
            "measure", _split("個別施策 施策 施策名 具体的施策 個別施策名 具体的な施策 主要施策 具体的取組")
        ),
        FieldWords(
            "node",
            _split(
                "目標・施策・事業名 目標・施策・交付金事業名 目標・施策名 施策・事業名 目標・施策・事業 "
                "目標・施策 施策・交付金事業名 基本目標・施策 基本目標・施策名 施策体系 体系 "
                "目標・施策・交付金事業 基本目標・個別施策・交付金事業名 目標名・施策名"
            ),
        ),
        FieldWords("goal_code", _split("基本目標番号 基本目標コード 目標番号 政策目標番号")),
        FieldWords("policy_code", _split("基本施策番号 基本施策コード 政策番号 政策コード")),
        FieldWords("measure_code", _split("個別施策番号 個別施策コード 施策番号 施策コード コード")),
        FieldWords("node_code", _split("体系番号 体系コード 目標・施策番号 目標・施策コード")),
        FieldWords(
            "project", _split("個別事業 個別事業名 事業名 交付金個別事業 構成事業 事業 具体的事業 構成事業名")
        ),
        FieldWords("kpi", _KPI_WORDS),
        FieldWords(
            "sections", (*_SECTION_WORDS, *_DEPARTMENT_WORDS, "関係課", "主担当課", "副担当課"), several=True
        ),
        FieldWords(IGNORED, _split(f"{_KPI_NUMBERS} 単位"), several=True),
        FieldWords(
            IGNORED, (*_BASELINE_WORDS, *_BASELINE_YEAR_WORDS, "目標値", "実績値", "目標年度"), several=True
        ),
        _DERIVED,
        FieldWords(IGNORED, _NOTE_WORDS, several=True),
    ),
    required=(("kpi",), ("node", "goal", "policy", "measure")),
)

_ACTUALS = KindWords(
    fields=(
        FieldWords("number", _split(f"{_KPI_NUMBERS} 連番")),
        FieldWords("kpi", _KPI_WORDS),
        FieldWords("sections", (*_SECTION_WORDS, *_DEPARTMENT_WORDS, "関係課"), several=True),
        FieldWords("unit", _UNIT_WORDS),
        FieldWords("baseline", _BASELINE_WORDS),
        FieldWords("baseline_year", _BASELINE_YEAR_WORDS),
        FieldWords("fiscal_year", _split("年度 対象年度 評価年度 実績年度 会計年度 年 期間")),
        FieldWords(
            "measure",
            _split("区分 項目 種別 値区分 値の種類 目標・実績 目標/実績 目標実績 目標・実績の別 内訳"),
        ),
        FieldWords("target", _split("目標値 目標 計画値 計画 年度目標 年度目標値 当年度目標 当該年度目標値")),
        FieldWords(
            "actual",
            _split("実績値 実績 値 数値 達成値 年度実績 年度実績値 当年度実績 実測値 当該年度実績値 確定値"),
        ),
        FieldWords(
            "status",
            _split(
                "状況 状態 値の状況 実績の状況 確定・速報 確定/速報 "
                "データ区分 値の状態 実績値の状態 実績の状態"
            ),
        ),
        FieldWords(
            "final_target",
            _split("最終目標値 最終目標 目標値(最終) 計画目標値 最終年度目標値 目標値(最終年度)"),
        ),
        FieldWords("target_year", _TARGET_YEAR_WORDS),
        FieldWords("note", _NOTE_WORDS),
        _DERIVED,
    ),
    required=(("kpi",), (FIGURES,)),
    wide_years=True,
)

_SECTIONS = KindWords(
    fields=(
        FieldWords(
            "code",
            _split(
                "部署コード 所属コード 課コード 組織コード コード 所属番号 課室コード "
                "部署番号 所属CD 課CD 部署CD"
            ),
        ),
        FieldWords("bureau", _BUREAU_WORDS),
        FieldWords(
            "section",
            (
                *_SECTION_WORDS,
                *_split("部署名 部署 所属 所属名 課・室名 課所名 課所室 部署名称 所属名称 組織名称"),
                *_split("新部署名 新課名 新名称 新組織名 新所属名 新課室名 新課・室名"),
            ),
        ),
        FieldWords(
            "opened",
            _split(
                "設置年度 開設年度 新設年度 設置 設置日 設置年月日 開始年度 適用開始 "
                "開設日 開設年月日 新設日 開始日 開始 有効開始日"
            ),
        ),
        FieldWords(
            "closed", _split("廃止年度 廃止 終了年度 廃止日 廃止年月日 適用終了 終了日 終了 有効終了日")
        ),
        FieldWords(
            "former_name",
            _split(
                "旧名称 旧名 旧課名 旧課名称 旧部署名称 変更前 改正前 前身 旧部署名 "
                "旧組織名 旧所属名 旧課室名 旧課・室名 "
                "変更前の名称 改正前の名称"
            ),
        ),
        FieldWords(
            "change",
            _split(
                "区分 改正区分 変更区分 改正内容 改正の内容 変更内容 変更の内容 変更点 異動区分 存廃 状態 "
                "状況 新設・廃止 新設・廃止等"
            ),
        ),
        FieldWords(
            "effective",
            _split(
                "施行日 施行年月日 改正日 改正年月日 適用日 適用年月日 実施日 変更日 変更年月日 異動日 "
                "施行年度 改正年度 適用年度 変更年度"
            ),
        ),
        FieldWords(
            IGNORED, _split("通番 番号 No No. № 電話 電話番号 内線 メール メールアドレス"), several=True
        ),
        FieldWords(IGNORED, _NOTE_WORDS, several=True),
    ),
    required=(("section",),),
)

_STAFF = KindWords(
    fields=(
        FieldWords(
            "staff_number",
            _split("職員番号 職員コード 職員CD 職員No 職員No. 職員ID 社員番号 個人番号 職番 職員№"),
        ),
        FieldWords("name", _split("氏名 職員氏名 職員名 名前 漢字氏名 氏名漢字 姓名")),
        FieldWords("family_name", _split("姓 氏 名字 苗字 氏名(姓) 氏名(氏) 氏名姓 姓名(姓) 漢字姓")),
        FieldWords("given_name", _split("名 氏名(名) 氏名名 姓名(名) 漢字名")),
        FieldWords("family_kana", _kana_of("姓 氏 セイ せい ミョウジ みょうじ")),
        FieldWords("given_kana", _kana_of("名 メイ めい ナマエ なまえ")),
        FieldWords(
            "kana",
            _split(
                "ふりがな フリガナ 氏名カナ カナ氏名 よみがな 氏名(カナ) かな氏名 氏名かな よみ 読み "
                "読み仮名 氏名ふりがな 氏名フリガナ 氏名(ふりがな) 氏名(フリガナ) 氏名よみ カナ かな"
            ),
        ),
        FieldWords("email", _split("メールアドレス メール E-mail email eメール 電子メール")),
        FieldWords("bureau", _BUREAU_WORDS),
        FieldWords(
            "section",
            (
                *_SECTION_WORDS,
                *_DEPARTMENT_WORDS,
                "所属課",
                "所属課名",
                "配属先",
                "新所属",
                "所属部署",
                "新所属課",
                "異動先",
                "本務所属",
                "所属1",
                "所属課室",
                "所属課室名",
                "所属課・室",
                "本務所属名",
                "現所属",
            ),
        ),
        FieldWords(
            "role",
            _split(
                "役割 権限 職名 役職名称 職名称 本務職名 本務役職 職名1 役職1 役職 職位 補職名 補職 職 "
                "役職名 新職名 新役職 新職 新役職名 新補職名"
            ),
        ),
        FieldWords(
            "valid_from",
            _split(
                "適用日 発令日 開始日 異動日 着任日 発令年月日 適用開始日 適用年月日 異動年月日 配属日 "
                "効力発生日"
            ),
        ),
        FieldWords(
            "valid_to",
            _split(
                "終了日 適用終了日 解除日 離任日 転出日 満了日 任期満了日 任期終了日 任用終了日 "
                "任期満了年月日 退職日 退職年月日"
            ),
        ),
        FieldWords(
            "movement", _split("異動区分 異動種別 異動内容 発令区分 発令内容 異動種類 異動事由 発令種別")
        ),
        FieldWords(
            "concurrent",
            (
                *_split("兼務 本務・兼務 本務/兼務 兼務区分 本務兼務 兼務先 兼務所属 兼職 本兼区分 兼務課"),
                *(f"{word}{number}" for word in ("兼務", "兼務先", "兼務所属", "兼務課") for number in "123"),
                *_split("所属2 所属3 本務兼務区分 本務・兼務区分 本務/兼務区分 本兼"),
            ),
            several=True,
        ),
        FieldWords("old_section", _split("旧所属 前所属 旧所属名 前所属名 旧所属課 異動前所属 異動元")),
        FieldWords("period", _split("任用期間 任期 雇用期間 所属期間 発令期間 適用期間 配属期間")),
        FieldWords(
            IGNORED,
            _split(
                "通番 番号 No No. № 項番 旧職名 旧役職 前職名 旧職 内線 電話番号 "
                "職名2 役職2 職名3 役職3 "
                "兼務職名 兼務役職 兼務職名1 兼務役職1 兼務職名2 兼務役職2 兼務職名3 兼務役職3"
            ),
            several=True,
        ),
        FieldWords(IGNORED, _NOTE_WORDS, several=True),
    ),
    required=(("staff_number",), ("name",), ("section",)),
)

_DEFINITIONS = KindWords(
    fields=(
        FieldWords("number", _split(_KPI_NUMBERS)),
        FieldWords("kpi", _KPI_WORDS),
        FieldWords("sections", (*_SECTION_WORDS, *_DEPARTMENT_WORDS, "関係課"), several=True),
        FieldWords("unit", _UNIT_WORDS),
        FieldWords("decimals", _split("小数点以下桁数 小数桁数 小数点以下の桁数 桁数 小数点以下")),
        FieldWords(
            "direction",
            _split(
                "方向 望ましい方向 目標の方向 目指す方向 方向性 向き 目標方向 指標の方向 目標の方向性 "
                "望ましい方向性 目指す方向性 指標の方向性"
            ),
        ),
        FieldWords(
            "aggregation",
            _split("集計方法 集計 集計区分 値の種類 累計区分 集計の方法 単年度・累計 単年・累計 値の性質"),
        ),
        FieldWords("baseline", _BASELINE_WORDS),
        FieldWords("baseline_year", _BASELINE_YEAR_WORDS),
        FieldWords("final_target", _split("最終目標値 目標値 最終目標 目標 計画目標値 最終年度目標値")),
        FieldWords("target_year", _TARGET_YEAR_WORDS),
        FieldWords(
            "rationale",
            _split(
                "設定根拠 目標設定の根拠 目標値の根拠 設定理由 目標値の設定根拠 目標値設定の根拠 根拠 "
                "目標値設定の考え方 目標設定の考え方 設定の考え方 目標値の考え方 "
                "設定根拠・考え方 目標値の設定理由"
            ),
        ),
        FieldWords(
            "method",
            _split(
                "計算方法 算出方法 算定方法 実績値の計算方法 計算式 算出式 実績値の算出方法 測定方法 "
                "把握方法 算定式 算式 実績値の算定方法 実績値の算定式 算定方法・算定式 計算方法・計算式 "
                "取得方法 データ取得方法 データの取得方法 データ把握方法 把握の方法"
            ),
        ),
        FieldWords(
            "source",
            _split(
                "出典 統計名 データ出典 引用統計 出典資料 データの出典 資料名 根拠資料 統計資料 出所 "
                "データの出所 データ元 データソース 出典元 引用資料 資料 統計調査名 根拠統計"
            ),
        ),
        FieldWords(
            "final_month",
            _split(
                "数値確定の時期 確定時期 数値確定時期 公表時期 確定の時期 把握時期 数値の確定時期 "
                "実績値の把握時期 実績の把握時期 実績値の確定時期 数値の把握時期"
            ),
        ),
        FieldWords(
            "survey_interval",
            _split(
                "調査間隔 調査周期 調査頻度 把握頻度 調査の間隔 測定頻度 "
                "把握周期 測定周期 公表周期 調査の周期"
            ),
        ),
        FieldWords("definition", _split("定義 指標の定義 指標の説明 説明 指標の内容 指標の解説 定義・説明")),
        FieldWords(IGNORED, _NOTE_WORDS, several=True),
        _DERIVED,
    ),
    required=(
        ("kpi",),
        (
            "unit",
            "direction",
            "aggregation",
            "baseline",
            "final_target",
            "rationale",
            "method",
            "source",
            "final_month",
            "survey_interval",
            "definition",
            "decimals",
            FIGURES,
        ),
    ),
    wide_years=True,
)

WORDS: Final[Mapping[DocumentKind, KindWords]] = {
    DocumentKind.PROGRAMS: _PROGRAMS,
    DocumentKind.STRATEGY: _STRATEGY,
    DocumentKind.ACTUALS: _ACTUALS,
    DocumentKind.SECTIONS: _SECTIONS,
    DocumentKind.STAFF: _STAFF,
    DocumentKind.DEFINITIONS: _DEFINITIONS,
}
