"""The shapes all readers share."""

from decimal import Decimal

from importers.calculations.rows import Doubt, Inference, Location, SourceError, SourceNote, SourceRow


def test_location_to_dict_leaves_out_what_the_format_does_not_have():
    location = Location(file="programs.txt", page=2, line=34)

    assert location.to_dict() == {"file": "programs.txt", "page": 2, "line": 34}


def test_location_in_words_names_text_and_workbook_places():
    assert str(Location(file="a.txt", page=2, line=34)) == "a.txt　2ページ　34行目"
    assert (
        str(Location(file="b.xlsx", sheet="一覧", row=5, column="成果", cell="G5"))
        == "b.xlsx　シート「一覧」　5行目　「成果」列　セルG5"
    )


def test_row_confidence_is_the_lowest_of_its_fields():
    row = SourceRow(
        location=Location(file="a.txt"),
        fields={"name": "事業"},
        inferred={
            "section": Inference(Decimal("0.9"), "語尾から"),
            "results": Inference(Decimal("0.6"), "文末の時制から"),
        },
    )

    assert row.confidence == Decimal("0.6")
    assert SourceRow(location=row.location, fields=row.fields).confidence == Decimal(1)


def test_row_needs_review_only_for_doubts_that_ask_for_it():
    told = Doubt("former_name", "name", "旧名称があります。", review=False)
    asked = Doubt("cell_boundary", "results", "境目を確認してください。", alternatives=({"results": None},))
    place = Location(file="a.txt")

    assert SourceRow(location=place, fields={}, doubts=(told,)).needs_review is False
    assert SourceRow(location=place, fields={}, doubts=(told, asked)).needs_review is True


def test_findings_to_dict_are_plain_json():
    place = Location(file="a.txt", line=3)

    assert Doubt("c", "f", "m").to_dict() == {"code": "c", "field": "f", "message": "m"}
    assert Doubt("c", None, "m", alternatives=({"f": 1},)).to_dict()["alternatives"] == [{"f": 1}]
    assert SourceError("e", place, "m").to_dict() == {
        "code": "e",
        "location": {"file": "a.txt", "line": 3},
        "message": "m",
    }
    assert SourceNote("n", "m").to_dict() == {"code": "n", "location": None, "message": "m"}
