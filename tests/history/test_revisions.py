"""The history keeps every change, and the database refuses to change the history."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from history import services
from history.enums import RevisionAct, Through
from history.models import Revision
from history.services import Authorship, VersionConflict
from organization.models import Bureau, User
from strategy.models import Kpi

pytestmark = pytest.mark.django_db
AT = datetime(2024, 5, 28, 9, 0, tzinfo=UTC)


def authorship(**kwargs) -> Authorship:
    return Authorship(by=None, at=AT, through=Through.COMMAND, **kwargs)


def make_kpi(**values) -> Kpi:
    return services.create_record(Kpi(code="K1", name="つくバス利用者数", **values), authorship=authorship())


def changed(record) -> list[tuple[str, str | None, str | None]]:
    found = Revision.objects.for_record(record).filter(act=RevisionAct.CHANGED).order_by("id")
    return [(r.field, r.old, r.new) for r in found]


def test_change_record_writes_one_revision_for_each_differing_field():
    kpi = make_kpi(unit="人", baseline_value=Decimal("180"))

    wrote = services.change_record(
        kpi,
        {"unit": "千人", "baseline_value": Decimal("0.18"), "name": kpi.name},
        authorship=authorship(why="単位"),
    )

    assert wrote is True
    assert changed(kpi) == [("unit", "人", "千人"), ("baseline_value", "180", "0.18")]
    kpi.refresh_from_db()
    assert (kpi.unit, kpi.baseline_value, kpi.version) == ("千人", Decimal("0.18"), 2)


def test_change_record_without_difference_writes_nothing():
    kpi = make_kpi(baseline_value=Decimal("180"))

    wrote = services.change_record(kpi, {"baseline_value": Decimal("180.000")}, authorship=authorship())

    assert wrote is False
    assert changed(kpi) == []
    assert Kpi.objects.get().version == 1


def test_change_record_refuses_a_version_that_somebody_else_has_passed():
    kpi = make_kpi()
    theirs = Kpi.objects.get()
    services.change_record(theirs, {"unit": "人"}, authorship=authorship())

    with pytest.raises(VersionConflict):
        services.change_record(kpi, {"unit": "回"}, authorship=authorship())

    assert Kpi.objects.get().unit == "人"
    assert changed(kpi) == [("unit", "", "人")]


def test_change_record_compares_the_version_the_form_was_made_from():
    kpi = make_kpi()
    services.change_record(kpi, {"unit": "人"}, authorship=authorship())

    with pytest.raises(VersionConflict):
        services.change_record(kpi, {"unit": "回"}, authorship=authorship(), expected_version=1)


def test_change_records_raises_versions_and_keeps_old_values():
    kpi, other = make_kpi(), Kpi.objects.create(code="K2", name="婚姻数")

    count = services.change_records(
        [(kpi, {"unit": "人"}), (other, {"unit": "組", "decimals": 0}), (other, {"unit": "組"})],
        authorship=authorship(),
    )

    assert count == 2
    assert changed(other) == [("unit", "", "組"), ("decimals", None, "0")]
    assert list(Kpi.objects.values_list("code", "unit", "version")) == [("K1", "人", 2), ("K2", "組", 2)]


def test_deleted_record_stays_whole_in_its_revision():
    bureau = services.create_record(Bureau(name="市長公室", position=3), authorship=authorship())
    pk = bureau.pk

    services.delete_record(bureau, authorship=authorship())

    revision = Revision.objects.get(record_id=pk, act=RevisionAct.DELETED)
    assert '"name": "市長公室"' in (revision.old or "")
    assert not Bureau.objects.exists()


def test_every_field_of_a_kpi_survives_text_and_back():
    kpi = make_kpi(baseline_value=Decimal("-12.5"), unconfirmed={"direction": {"confidence": "0.8"}})

    texts = {
        f.name: services.as_text(kpi, f.name, getattr(kpi, f.attname)) for f in kpi._meta.concrete_fields
    }

    assert {n: services.from_text(kpi, n, t) for n, t in texts.items()} == {
        f.name: getattr(kpi, f.attname) for f in kpi._meta.concrete_fields
    }


def test_password_is_never_kept():
    user = User(username="clerk")
    user.set_password("correct horse")

    services.create_record(user, authorship=authorship())

    assert user.password not in (Revision.objects.get(record_type="organization.user").new or "")


@pytest.mark.parametrize(
    "statement", ["UPDATE history_revision SET new = 'x'", "DELETE FROM history_revision"]
)
def test_database_refuses_to_change_a_revision(statement):
    make_kpi()

    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)

    assert Revision.objects.count() == 1


def test_database_refuses_to_empty_or_replace_revisions():
    """TRUNCATE fires no row trigger, and SQLite's OR REPLACE fires no DELETE trigger."""
    make_kpi()
    connection.check_constraints()  # nothing pending may be what refuses
    statement = {
        "postgresql": "TRUNCATE history_revision",
        "sqlite": "INSERT OR REPLACE INTO history_revision SELECT * FROM history_revision",
    }[connection.vendor]

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        connection.cursor().execute(statement)

    assert Revision.objects.count() == 1
