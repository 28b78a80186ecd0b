"""Writes of definitions: what stands afterwards, what the history says, what is refused."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from history.models import Revision
from history.services import Authorship, VersionConflict, change_record
from organization.enums import SiteRole
from strategy.calculations.target_figures import TargetFigure
from strategy.enums import PartKind, ResponsibilityRole, TargetQualifier
from strategy.models import Kpi, KpiPart, Responsibility, SeriesBreak, Target
from strategy.services.composition import (
    BreakEntry,
    Composition,
    CompositionRefused,
    PartEntry,
    ResponsibilityEntry,
    Succession,
    compose_kpi,
    set_responsibilities,
)
from strategy.services.definitions import DefinitionChange, define_kpis
from tests.factories.organization import SectionFactory, holder_of
from tests.factories.strategy import KpiFactory, KpiPartFactory, ResponsibilityFactory, TargetFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 1, 1, tzinfo=UTC)
EXACT = TargetQualifier.EXACT
PROPOSED = {"confidence": "0.70", "reason": "名前からの推定です。", "alternatives": []}


@pytest.fixture
def by() -> Authorship:
    return Authorship(by=holder_of(SiteRole.PLANNING, "planning"), at=NOW, why="計画の策定")


def define(change: DefinitionChange, by: Authorship, reason: str = "") -> int:
    return define_kpis(changes=[change], reasons={change.kpi.pk: reason} if reason else {}, authorship=by)


def changed_fields() -> list[tuple[str, str, str | None, str | None]]:
    """Return the changes of the history, oldest first."""
    changes = Revision.objects.filter(act="changed").order_by("id")
    return [(r.record_type, r.field, r.old, r.new) for r in changes]


def test_define_kpis_writes_fields_and_targets_with_their_history(by):
    kpi = KpiFactory(undefined=True)
    targets = {
        2018: TargetFigure(Decimal(200)),
        2019: TargetFigure(Decimal(10), Decimal(20), TargetQualifier.RANGE),
    }

    changed = define(DefinitionChange(kpi=kpi, values={"unit": "人", "decimals": 0}, targets=targets), by)

    kpi.refresh_from_db()
    assert (changed, kpi.unit, kpi.decimals, kpi.version) == (1, "人", 0, 2)
    stored = [(t.fiscal_year, t.value, t.upper, t.qualifier) for t in kpi.targets.all()]
    assert stored == [(2018, 200, None, "exact"), (2019, 10, 20, "range")]
    assert changed_fields() == [("strategy.kpi", "unit", "", "人"), ("strategy.kpi", "decimals", None, "0")]
    assert {(r.record_type, r.act) for r in Revision.objects.exclude(act="changed")} == {
        ("strategy.target", "created")
    }
    assert {r.why for r in Revision.objects.all()} == {"計画の策定"}


def test_define_kpis_twice_changes_nothing_the_second_time(by):
    kpi = KpiFactory(undefined=True)
    define(DefinitionChange(kpi=kpi, values={"unit": "人"}, targets={2019: TargetFigure(Decimal(5))}), by)
    before = Revision.objects.count()
    again = Kpi.objects.get(pk=kpi.pk)
    held = {t.fiscal_year: t for t in again.targets.all()}

    changed = define(
        DefinitionChange(
            kpi=again, held=held, values={"unit": "人"}, targets={2019: TargetFigure(Decimal(5))}
        ),
        by,
    )

    assert (changed, Revision.objects.count()) == (0, before)


def test_target_is_changed_with_its_reason_and_taken_away(by):
    kpi = KpiFactory()
    held = {year: TargetFactory(kpi=kpi, fiscal_year=year, value=Decimal(year)) for year in (2018, 2019)}
    change = DefinitionChange(kpi=kpi, held=held, targets={2018: None, 2019: TargetFigure(Decimal(300))})

    define(change, by, reason="統計の見直し")

    assert [(t.fiscal_year, t.value, t.change_reason) for t in kpi.targets.all()] == [
        (2019, 300, "統計の見直し")
    ]
    deleted = Revision.objects.get(act="deleted")
    assert (deleted.record_type, '"value": "2018"' in deleted.old) == ("strategy.target", True)


def test_changed_or_confirmed_fields_wait_for_nobody_any_more(by):
    kpi = KpiFactory(unconfirmed={"direction": PROPOSED, "aggregation": PROPOSED, "name": PROPOSED})
    target = TargetFactory(kpi=kpi, unconfirmed={"value": PROPOSED})
    change = DefinitionChange(
        kpi=kpi,
        held={2019: target},
        values={"direction": "down", "unit": "人"},
        confirmed=frozenset({"aggregation"}),
        confirmed_targets=frozenset({2019}),
    )

    define(change, by)

    kpi.refresh_from_db()
    target.refresh_from_db()
    assert (set(kpi.unconfirmed), target.unconfirmed, target.value) == ({"name"}, {}, 227)


@pytest.mark.parametrize("act", ["kpi", "target", "removal", "new target"])
def test_define_kpis_on_what_somebody_else_saved_meanwhile_writes_nothing(by, act):
    kpi = KpiFactory()
    target = TargetFactory(kpi=kpi)
    seen = Target.objects.get(pk=target.pk)
    changes = {
        "kpi": DefinitionChange(kpi=Kpi.objects.get(pk=kpi.pk), values={"unit": "回"}),
        "target": DefinitionChange(kpi=kpi, held={2019: seen}, targets={2019: TargetFigure(Decimal(1))}),
        "removal": DefinitionChange(kpi=kpi, held={2019: seen}, targets={2019: None}),
        "new target": DefinitionChange(kpi=kpi, targets={2019: TargetFigure(Decimal(1))}),
    }
    change_record(kpi, {"unit": "件"}, authorship=by)
    change_record(target, {"value": Decimal(250)}, authorship=by)
    before = Revision.objects.count()

    with pytest.raises(VersionConflict):
        define(changes[act], by)

    kpi.refresh_from_db()
    assert (kpi.unit, kpi.targets.get().value, Revision.objects.count()) == ("件", 250, before)


def test_define_kpis_is_all_or_nothing(by):
    first, second = KpiFactory(unit="人"), KpiFactory(unit="人")
    stale = Kpi.objects.get(pk=second.pk)
    change_record(second, {"unit": "件"}, authorship=by)

    with pytest.raises(VersionConflict):
        define_kpis(
            changes=[DefinitionChange(kpi=kpi, values={"unit": "回"}) for kpi in (first, stale)],
            reasons={},
            authorship=by,
        )

    assert Kpi.objects.get(pk=first.pk).unit == "人"


@pytest.mark.parametrize(
    ("values", "targets", "expected"),
    [
        ({"unit": "件"}, {}, ("単位",)),
        ({"unit": "人"}, {}, ()),
        ({"rationale": "新しい根拠"}, {}, ()),
        ({"baseline_value": Decimal(181)}, {}, ("基準値",)),
        ({"baseline_fiscal_year": 2013, "baseline_first_fiscal_year": None}, {}, ("基準年度・期間",)),
        ({"path_rule": "steps"}, {}, ("年度目標がない年の期待値",)),
        ({"direction": "down"}, {}, ()),  # only a proposal so far
        ({}, {2019: TargetFigure(Decimal(227))}, ()),
        ({}, {2019: TargetFigure(Decimal(228))}, ("R1の目標値",)),
        ({}, {2019: None}, ("R1の目標値",)),
        ({}, {2018: TargetFigure(Decimal(200))}, ("H30の目標値",)),
        ({}, {2018: None}, ()),
    ],
)
def test_rewritten_names_what_stood_already(values, targets, expected):
    kpi = KpiFactory(unconfirmed={"direction": PROPOSED})
    held = {2019: TargetFactory(kpi=kpi)}

    change = DefinitionChange(kpi=kpi, held=held, values=values, targets=targets)

    assert change.rewritten == expected


def test_first_definition_rewrites_nothing():
    kpi = KpiFactory(undefined=True)
    values = {"unit": "人", "direction": "up", "baseline_value": Decimal(1), "path_rule": "steps"}

    change = DefinitionChange(kpi=kpi, values=values, targets={2019: TargetFigure(Decimal(2))})

    assert change.rewritten == ()


# --- parts, breaks, predecessor -----------------------------------------------------------------------


def entry(
    part: Kpi, pk: int | None = None, kind: PartKind = PartKind.ADDEND, position: int = 0, **more
) -> PartEntry:
    return PartEntry(pk=pk, part=part, kind=kind, position=position, **more)


def compose(kpi: Kpi, by: Authorship, seen: int | None = None, parts=(), breaks=(), **more) -> bool:
    return compose_kpi(
        kpi=kpi,
        composition=Composition(parts=parts, breaks=breaks, **more),
        seen_version=kpi.version if seen is None else seen,
        authorship=by,
    )


def follows(before: Kpi, year: int, reason: str = "指標の見直し", **more) -> Succession:
    return Succession(predecessor=before, fiscal_year=year, reason=reason, **more)


def test_compose_kpi_leaves_years_that_were_set(by):
    kpi, old = KpiFactory(first_fiscal_year=2015), KpiFactory(last_fiscal_year=2018)

    compose(kpi, by, succession=follows(old, 2017))

    kpi.refresh_from_db()
    old.refresh_from_db()
    assert (kpi.first_fiscal_year, old.last_fiscal_year) == (2015, 2018)


def test_compose_kpi_refuses_to_follow_after_its_own_end(by):
    kpi = KpiFactory(last_fiscal_year=2016)

    with pytest.raises(CompositionRefused, match="平成28年度まで"):
        compose(kpi, by, succession=follows(KpiFactory(), 2017))


def test_compose_kpi_takes_the_predecessor_away(by):
    kpi = KpiFactory()
    compose(kpi, by, succession=follows(KpiFactory(), 2017, is_comparable=True))
    kpi.refresh_from_db()

    compose(kpi, by)

    kpi.refresh_from_db()
    assert (kpi.predecessor, kpi.predecessor_fiscal_year, kpi.predecessor_is_comparable) == (
        None,
        None,
        False,
    )


def test_compose_kpi_adds_changes_and_takes_away_parts(by):
    whole, kept, gone, new = KpiFactory.create_batch(4)
    kept_link = KpiPartFactory(whole=whole, part=kept, unconfirmed={"kind": PROPOSED})
    KpiPartFactory(whole=whole, part=gone)

    changed = compose(
        whole,
        by,
        parts=[entry(new, position=0), entry(kept, pk=kept_link.pk, position=1, kind=PartKind.COMPONENT)],
    )

    stored = [(p.part_id, p.kind, p.position, p.unconfirmed) for p in whole.parts.order_by("position")]
    assert changed
    assert stored == [(new.pk, "addend", 0, {}), (kept.pk, "component", 1, {})]
    assert sorted(Revision.objects.exclude(act="changed").values_list("act", flat=True)) == [
        "created",
        "deleted",
    ]


def test_compose_kpi_with_an_old_version_writes_nothing(by):
    whole, part = KpiFactory.create_batch(2)
    compose(whole, by, parts=[entry(part)])

    with pytest.raises(VersionConflict):
        compose(whole, by, seen=1, parts=[])

    assert KpiPart.objects.count() == 1


def test_compose_kpi_sets_breaks_and_predecessor(by):
    kpi, old = KpiFactory.create_batch(2)
    broken = BreakEntry(pk=None, fiscal_year=2017, reason="調査方法の変更", baseline_value=Decimal(90))

    compose(kpi, by, breaks=[broken], succession=follows(old, 2016))

    kpi.refresh_from_db()
    old.refresh_from_db()
    assert (kpi.predecessor, kpi.predecessor_fiscal_year, kpi.first_fiscal_year) == (old, 2016, 2016)
    assert old.last_fiscal_year == 2015
    assert [(b.fiscal_year, b.reason, b.baseline_value) for b in SeriesBreak.objects.all()] == [
        (2017, "調査方法の変更", 90)
    ]


def test_compose_kpi_refuses_circles_and_doubles(by):
    whole, part, other = KpiFactory.create_batch(3)
    KpiPartFactory(whole=part, part=other)
    KpiPartFactory(whole=other, part=whole)
    follower = KpiFactory(predecessor=whole)
    year = BreakEntry(pk=None, fiscal_year=2017, reason="変更")
    refused = [
        {"parts": [entry(part)]},
        {"parts": [entry(whole)]},
        {"parts": [entry(follower), entry(follower)]},
        {"parts": [entry(follower, kind=PartKind.NUMERATOR), entry(KpiFactory(), kind=PartKind.NUMERATOR)]},
        {"parts": [entry(follower, is_main=True), entry(KpiFactory(), is_main=True)]},
        {"breaks": [year, year]},
        {"breaks": [BreakEntry(pk=None, fiscal_year=2017, reason=" ")]},
        {"succession": follows(follower, 2017)},
        {"succession": follows(whole, 2017)},
        {"succession": follows(part, 2017, reason="")},
        {"succession": follows(KpiFactory(first_fiscal_year=2017), 2017)},
        {"succession": follows(KpiFactory(predecessor=part, predecessor_fiscal_year=2017), 2017)},
    ]

    for composition in refused:
        with pytest.raises(CompositionRefused):
            compose(whole, by, **composition)

    whole.refresh_from_db()
    assert (whole.version, whole.parts.count(), Revision.objects.count()) == (1, 0, 0)


# --- responsibilities ---------------------------------------------------------------------------------


def test_set_responsibilities_replaces_and_confirms(by):
    kpi = KpiFactory(unconfirmed={"responsibilities": PROPOSED, "unit": PROPOSED})
    old = ResponsibilityFactory(kpi=kpi)
    section = SectionFactory()

    changed = set_responsibilities(
        kpi=kpi,
        entries=[
            ResponsibilityEntry(
                pk=None, section=section, role=ResponsibilityRole.LEAD, first_fiscal_year=2018
            ),
            ResponsibilityEntry(pk=old.pk, section=old.section, role=ResponsibilityRole.CO),
        ],
        seen_version=1,
        authorship=by,
    )

    kpi.refresh_from_db()
    rows = [(r.section_id, r.role, r.first_fiscal_year, r.position) for r in kpi.responsibilities.all()]
    assert changed
    assert rows == [(section.pk, "lead", 2018, 0), (old.section_id, "co", None, 1)]
    assert set(kpi.unconfirmed) == {"unit"}


def test_set_responsibilities_refuses_the_same_section_twice_and_old_versions(by):
    kpi = KpiFactory()
    one = ResponsibilityEntry(pk=None, section=SectionFactory(), role=ResponsibilityRole.LEAD)

    with pytest.raises(CompositionRefused):
        set_responsibilities(kpi=kpi, entries=[one, one], seen_version=1, authorship=by)
    with pytest.raises(VersionConflict):
        set_responsibilities(kpi=kpi, entries=[one], seen_version=7, authorship=by)

    assert Responsibility.objects.count() == 0
