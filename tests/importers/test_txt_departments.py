"""Bureau and section out of one cell, by the whole document."""

from decimal import Decimal

import pytest

from importers.sources.txt_programs.departments import split_departments


def read(*texts: str, known: dict[str, str] | None = None) -> list[tuple[str | None, str | None]]:
    readings = split_departments(texts, known)
    return [(readings[text].bureau, readings[text].section) for text in texts]


def test_a_bureau_of_several_sections_is_found_by_them():
    texts = (
        "市長公室秘書課",
        "市長公室ダイバーシティ推進室",
        "暮らし環境部地域安全課",
        "暮らし環境部市民窓口課",
    )

    assert read(*texts) == [
        ("市長公室", "秘書課"),
        ("市長公室", "ダイバーシティ推進室"),
        ("暮らし環境部", "地域安全課"),
        ("暮らし環境部", "市民窓口課"),
    ]


@pytest.mark.parametrize(
    ("text", "bureau", "section"),
    [
        ("消防本部予防課", "消防本部", "予防課"),
        ("総務部会計課", "総務部", "会計課"),
        ("市民部部活動支援課", "市民部", "部活動支援課"),
        ("環境部長寿支援課", "環境部", "長寿支援課"),
        ("まちづくり部西部区画整理課", "まちづくり部", "西部区画整理課"),
        ("健康局地域医療・感染症対策担当室", "健康局", "地域医療・感染症対策担当室"),
        ("議会事務局議事課", "議会事務局", "議事課"),
        ("教育委員会社会教育課", "教育委員会", "社会教育課"),
        ("危機管理監防災課", "危機管理監", "防災課"),
    ],
)
def test_one_department_alone_is_cut_at_its_bureau(text, bureau, section):
    assert read(text) == [(bureau, section)]


def test_departments_without_bureau_are_whole_and_certain():
    readings = split_departments(["会計課", "秘書課"])

    assert {(r.bureau, r.section, r.confidence) for r in readings.values()} == {
        (None, "会計課", Decimal(1)),
        (None, "秘書課", Decimal(1)),
    }


def test_the_one_without_bureau_among_many_with_is_doubtful():
    readings = split_departments(["総務部人事課", "総務部財政課", "会計課"])

    assert readings["会計課"].confidence < Decimal("0.96")


@pytest.mark.parametrize("text", ["農業委員会事務局", "西部地域整備課", "教育委員会事務局学校教育部学務課"])
def test_what_can_be_cut_in_several_ways_tells_the_others(text):
    reading = split_departments([text])[text]

    assert reading.confidence < Decimal("0.96")
    assert reading.alternatives


def test_sections_the_city_knows_decide():
    known = {"学校教育部学務課": "教育委員会事務局"}

    assert read("教育委員会事務局学校教育部学務課", known=known) == [("教育委員会事務局", "学校教育部学務課")]
