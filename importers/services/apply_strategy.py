"""Write what a plan of a strategy list says: nodes, KPIs, places and sections, in bulk with revisions."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from django.utils.text import slugify

from history.services import (
    Authorship,
    VersionConflict,
    change_records,
    create_record,
    create_records,
    delete_record,
)
from importers.calculations.strategy_places import NodeKey, NodeSpec, section_as_printed
from importers.services.apply_programs import Written
from importers.services.apply_sections import SectionRegister
from importers.services.choose_plan import PlanChoice
from importers.services.compare_strategy_row import NODE_MARK, RowWrite, SectionWrite
from importers.services.plan_strategy import StrategyPlan
from organization.models import Section
from strategy.enums import PartKind, ResponsibilityRole
from strategy.models import Kpi, KpiPart, Placement, Plan, PlanNode, Responsibility
from strategy.selectors.kpi_codes import next_codes

_COORDINATES = re.compile("取りまとめ|とりまとめ|取まとめ|調整|総括|統括")


def apply_strategy(planned: StrategyPlan, *, demo: bool, authorship: Authorship) -> tuple[Plan, Written]:
    """Write the plan of changes inside the caller's transaction.

    Returns the plan and the records written by the row's index.
    """
    return _Writer(planned, demo=demo, authorship=authorship).write()


def make_plan(choice: PlanChoice, *, demo: bool, authorship: Authorship) -> Plan:
    """Create the plan that a document needs; its code is its name if that is ASCII, else its years."""
    base = _code_base(choice, demo=demo)
    taken = set(Plan.objects.filter(code__startswith=base).values_list("code", flat=True))
    numbered = (base if number == 1 else f"{base}-{number}" for number in range(1, len(taken) + 2))
    return create_record(
        Plan(
            name=choice.name[:120],
            code=next(code for code in numbered if code not in taken),
            first_fiscal_year=choice.first_year,
            last_fiscal_year=choice.last_year,
            unconfirmed=choice.marks,
            is_demo=demo,
        ),
        authorship=authorship,
    )


def _code_base(choice: PlanChoice, *, demo: bool) -> str:
    """Return a code that people can read; the ASCII rest of a Japanese name (「2731」) says nothing."""
    name = unicodedata.normalize("NFKC", choice.name)
    if name.isascii() and any(character.isalpha() for character in name):
        return slugify(name)[:30].strip("-")
    years = [str(year) for year in (choice.first_year, choice.last_year) if year is not None]
    return "-".join(["demo-plan" if demo else "plan", *years])


class _Writer:
    def __init__(self, planned: StrategyPlan, *, demo: bool, authorship: Authorship) -> None:
        self.planned, self.demo, self.authorship = planned, demo, authorship
        self.state = planned.state
        self.written: Written = {write.index: [] for write in planned.writes}
        self.node_ids: dict[NodeKey, int] = {key: node.id for key, node in planned.state.nodes.items()}
        self.kpi_ids: dict[str, int] = {}
        self.placements: dict[int, int] = {}
        self._names: dict[int, str] = {}

    def write(self) -> tuple[Plan, Written]:
        choice = self.planned.choice
        new_plan = choice.plan is None and bool(self.planned.writes)
        plan = choice.plan or make_plan(choice, demo=self.demo, authorship=self.authorship)
        if new_plan:
            self.written[self.planned.writes[0].index].append(("strategy.plan", plan.pk))
        self._nodes(plan)
        self._kpis()
        self._parts()
        self._places()
        self._sections()
        self._reorder()
        return plan, self.written

    # --- nodes

    def _nodes(self, plan: Plan) -> None:
        self._missing_nodes(plan)
        changes: dict[int, dict[str, Any]] = {}
        for write in self.planned.writes:
            node_id = self.node_ids.get(write.place.labelled.key)
            if write.node_name is not None and node_id is not None and node_id in self.state.nodes_by_id:
                changes.setdefault(node_id, {})["name"] = write.node_name
                self._note(write, "strategy.plannode", node_id)
            moved = write.match.node
            if moved is not None and write.moves:
                parent = write.place.path[-2].key
                changes.setdefault(moved.id, {}).update(parent=PlanNode(pk=self.node_ids[parent]))
                self._note(write, "strategy.plannode", moved.id)
            if write.match.node is not None and write.place_marks:
                known = write.match.node.unconfirmed
                changes.setdefault(write.match.node.id, {})["unconfirmed"] = {**known, **write.place_marks}
        self._change(PlanNode, changes)

    def _missing_nodes(self, plan: Plan) -> None:
        """Create the nodes that rows need and the plan lacks, level by level, parents first."""
        for depth in range(max((len(write.place.path) for write in self.planned.writes), default=0)):
            specs: dict[NodeKey, tuple[NodeSpec, RowWrite]] = {}
            for write in self.planned.writes:
                path = write.place.path
                if depth < len(path) and path[depth].key not in self.node_ids and self._uses_path(write):
                    known = specs.get(path[depth].key)
                    if known is None or (not known[0].name and path[depth].name):
                        specs[path[depth].key] = (path[depth], known[1] if known else write)
            nodes = [
                PlanNode(
                    plan=plan,
                    parent_id=None if spec.parent is None else self.node_ids[spec.parent],
                    level=spec.level,
                    code=spec.code,
                    ascii_code=spec.ascii_code,
                    name=spec.name,
                    position=write.position,
                    unconfirmed=self._node_marks(spec, write),
                )
                for spec, write in specs.values()
            ]
            created = create_records(nodes, authorship=self.authorship)
            for (key, (_, write)), node in zip(specs.items(), created, strict=True):
                self.node_ids[key] = node.pk
                self._note(write, "strategy.plannode", node.pk)

    def _uses_path(self, write: RowWrite) -> bool:
        """A row that stays where it is needs no new nodes."""
        return write.moves or (write.match.placement is None and write.match.node is None)

    def _node_marks(self, spec: NodeSpec, write: RowWrite) -> dict[str, Any]:
        if spec.key != write.place.node.key:
            return {}
        marks: dict[str, Any] = {}
        if NODE_MARK in write.place_marks and spec.level == "project":
            marks["parent"] = write.place_marks[NODE_MARK]
        elif NODE_MARK in write.place_marks and write.place.kpi_key is None:
            marks["name"] = write.place_marks[NODE_MARK]
        if write.place.kpi_key is None:
            marks |= write.kpi_marks
        return marks

    # --- KPIs and their places

    def _kpis(self) -> None:
        new: dict[str, RowWrite] = {}
        changes: dict[int, dict[str, Any]] = {}
        marks: dict[str, dict[str, Any]] = {}
        for write in self.planned.writes:
            key = write.place.kpi_key
            if key is None:
                continue
            if write.match.kpi_id is None:
                new.setdefault(key, write)
                marks[key] = {**write.kpi_marks, **marks.get(key, {})}
                continue
            self.kpi_ids[key] = write.match.kpi_id
            if write.kpi_name is not None:
                changes.setdefault(write.match.kpi_id, {})["name"] = write.kpi_name
            if write.kpi_marks or write.kpi_name is not None:
                changes.setdefault(write.match.kpi_id, {}).setdefault("marks", {}).update(write.kpi_marks)
                self._note(write, "strategy.kpi", write.match.kpi_id)
        codes = next_codes(len(new), demo=self.demo)
        created = create_records(
            [
                Kpi(
                    code=code,
                    name=write.kpi_name or write.place.kpi or "",
                    unconfirmed={**marks[key], **self.planned.relations.marks.get(key, {})},
                    is_demo=self.demo,
                    **self.planned.relations.values.get(key, {}),
                )
                for code, (key, write) in zip(codes, new.items(), strict=True)
            ],
            authorship=self.authorship,
        )
        for (key, write), kpi in zip(new.items(), created, strict=True):
            self.kpi_ids[key] = kpi.pk
            self._note(write, "strategy.kpi", kpi.pk)
        self._change_kpis(changes)

    def _parts(self) -> None:
        """Join totals and their parts as far as nobody has done so."""
        relations = self.planned.relations
        ids = {**relations.known_ids, **self.kpi_ids}
        pairs = {
            (ids[proposal.whole], ids[proposal.part]): proposal
            for proposal in relations.parts
            if proposal.whole in ids and proposal.part in ids
        }
        wholes = {whole for whole, _ in pairs}
        there = set(KpiPart.objects.filter(whole__in=wholes).values_list("whole_id", "part_id"))
        missing = [(pair, proposal) for pair, proposal in pairs.items() if pair not in there]
        created = create_records(
            [
                KpiPart(
                    whole_id=whole,
                    part_id=part,
                    kind=PartKind.ADDEND.value,
                    position=proposal.position,
                    unconfirmed=dict(proposal.marks),
                )
                for (whole, part), proposal in missing
            ],
            authorship=self.authorship,
        )
        for (_, proposal), record in zip(missing, created, strict=True):
            if proposal.index in self.written:
                self.written[proposal.index].append(("strategy.kpipart", record.pk))

    def _change_kpis(self, changes: dict[int, dict[str, Any]]) -> None:
        kpis = Kpi.objects.in_bulk(list(changes))
        pairs = []
        for pk, kpi in kpis.items():
            if kpi.version != self.state.kpi_versions.get(pk):
                raise VersionConflict(kpi)
            values = dict(changes[pk])
            new_marks = values.pop("marks", None)
            if new_marks is not None:
                kept = {k: v for k, v in kpi.unconfirmed.items() if not (k == "name" and "name" in values)}
                values["unconfirmed"] = {**kept, **new_marks}
            pairs.append((kpi, values))
        change_records(pairs, authorship=self.authorship)

    def _places(self) -> None:
        new: list[tuple[RowWrite, Placement]] = []
        changes: dict[int, dict[str, Any]] = {}
        for write in self.planned.writes:
            key, known = write.place.kpi_key, write.match.placement
            if key is None:
                continue
            if known is None:
                placement = Placement(
                    kpi_id=self.kpi_ids[key],
                    node_id=self.node_ids[write.place.node.key],
                    position=write.position,
                    printed_name=write.printed_name,
                    unconfirmed=dict(write.place_marks),
                )
                new.append((write, placement))
                continue
            self.placements[write.index] = known.id
            values: dict[str, Any] = {"printed_name": write.printed_name}
            if write.moves:
                values["node"] = PlanNode(pk=self.node_ids[write.place.node.key])
            kept = {} if write.moves else known.unconfirmed
            if write.place_marks or write.moves:
                values["unconfirmed"] = {**kept, **write.place_marks}
            changes[known.id] = values
            self._note(write, "strategy.placement", known.id)
        created = create_records([placement for _, placement in new], authorship=self.authorship)
        for (write, _), placement in zip(new, created, strict=True):
            self.placements[write.index] = placement.pk
            self._note(write, "strategy.placement", placement.pk)
        self._change(Placement, changes)

    def _reorder(self) -> None:
        placements = {pk: {"position": position} for pk, _, position in self.planned.order if pk is not None}
        nodes = {pk: {"position": position} for _, pk, position in self.planned.order if pk is not None}
        self._change(Placement, placements)
        self._change(PlanNode, nodes)

    # --- sections

    def _sections(self) -> None:
        writes = [write for write in self.planned.writes if write.sections is not None]
        register = SectionRegister(demo=self.demo, authorship=self.authorship)
        register.register(section.match for write in writes for section in write.sections or ())
        by_kpi: dict[int, list[RowWrite]] = {}
        new: list[Responsibility] = []
        owners: list[RowWrite] = []
        for write in writes:
            if write.place.kpi_key is not None:
                by_kpi.setdefault(self.kpi_ids[write.place.kpi_key], []).append(write)
                continue
            node_id = write.match.node.id if write.match.node else self.node_ids[write.place.node.key]
            self._drop(self.state.by_node.get(node_id, []))
            made = self._responsibilities(write.sections or (), register, node_id=node_id)
            new += made
            owners += [write] * len(made)
        for kpi_id, kpi_writes in by_kpi.items():
            for write, made in self._of_kpi(kpi_id, kpi_writes, register):
                new += made
                owners += [write] * len(made)
        created = create_records(new, authorship=self.authorship)
        for write, responsibility in zip(owners, created, strict=True):
            self._note(write, "strategy.responsibility", responsibility.pk)

    def _of_kpi(
        self, kpi_id: int, writes: list[RowWrite], register: SectionRegister
    ) -> Iterable[tuple[RowWrite, list[Responsibility]]]:
        """Give a KPI its sections: once for all its places where they agree, else place by place."""
        rewritten = {self.placements[write.index] for write in writes}
        others = kpi_id in self.state.placed_elsewhere or any(
            placement.kpi_id == kpi_id and placement.id not in rewritten
            for placement in self.state.placements
        )
        asked = [
            tuple((register.id_of(s.match), s.printed.printed) for s in write.sections or ())
            for write in writes
        ]
        elsewhere = self.state.by_kpi.get(kpi_id, [])
        agree = len(set(asked)) == 1 and not others
        if agree:
            self._drop(elsewhere)
            yield writes[0], self._responsibilities(writes[0].sections or (), register, kpi_id=kpi_id)
            return
        kept_shared = [state for state in elsewhere if state.placement_id is None]
        if others:
            self._drop([state for state in elsewhere if state.placement_id in rewritten])
        else:
            self._drop(elsewhere)
            kept_shared = []
        shared = [(state.section_id, state.printed) for state in kept_shared]
        for write, wanted in zip(writes, asked, strict=True):
            if list(wanted) == shared:
                continue
            yield (
                write,
                self._responsibilities(
                    write.sections or (), register, kpi_id=kpi_id, placement_id=self.placements[write.index]
                ),
            )

    def _responsibilities(
        self, sections: Iterable[SectionWrite], register: SectionRegister, **owner: int
    ) -> list[Responsibility]:
        made: dict[int, Responsibility] = {}
        listed = list(sections)
        for position, section in enumerate(listed):
            section_id = register.id_of(section.match)
            if section_id is None or section_id in made:
                continue
            printed, role = section.printed, section.printed.role or ""
            made[section_id] = Responsibility(
                section_id=section_id,
                role=_role(role, listed, made),
                role_note=role[:80],
                printed_name=printed.printed,
                position=position,
                **owner,
            )
        self._shorten_printed_names(made)
        return list(made.values())

    def _shorten_printed_names(self, made: dict[int, Responsibility]) -> None:
        """Keep the printed name only where section and role do not give it back."""
        names = self._section_names(made)
        for pk, responsibility in made.items():
            usual = section_as_printed(names[pk], responsibility.role_note)
            printed = responsibility.printed_name
            responsibility.printed_name = "" if printed == usual else printed[:160]

    def _section_names(self, ids: Iterable[int]) -> dict[int, str]:
        missing = [pk for pk in ids if pk not in self._names]
        if missing:
            from_database = dict(Section.objects.filter(pk__in=missing).values_list("pk", "name"))
            self._names |= from_database
        return self._names

    def _drop(self, states: Iterable[Any]) -> None:
        ids = [state.id for state in states]
        for responsibility in Responsibility.objects.filter(pk__in=ids) if ids else ():
            delete_record(responsibility, authorship=self.authorship)

    # --- writing

    def _change(self, model: Any, changes: dict[int, dict[str, Any]]) -> None:
        records = model.objects.in_bulk(list(changes)) if changes else {}
        change_records([(record, changes[pk]) for pk, record in records.items()], authorship=self.authorship)

    def _note(self, write: RowWrite, record_type: str, pk: int) -> None:
        self.written[write.index].append((record_type, pk))


def _role(role: str, listed: list[SectionWrite], made: dict[int, Responsibility]) -> str:
    """The first section leads; one that only collects from others coordinates."""
    if len(listed) > 1 and role and _COORDINATES.search(role):
        return ResponsibilityRole.COORDINATOR.value
    leads = any(responsibility.role == ResponsibilityRole.LEAD.value for responsibility in made.values())
    return (ResponsibilityRole.CO if leads else ResponsibilityRole.LEAD).value
