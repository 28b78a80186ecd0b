"""Finding by words in what is published; width, kana and letter case make no difference."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from reports.calculations.published import (
    Content,
    PublishedKpi,
    PublishedNode,
    PublishedPlan,
    PublishedProgram,
)
from tsukuba_kpi.lib.japanese_text import search_key


@dataclass(frozen=True)
class Found:
    """One KPI or program of a publication; `plan` is None for a program."""

    fiscal_year: int
    plan: PublishedPlan | None
    kpi: PublishedKpi | None
    program: PublishedProgram | None

    @property
    def is_demo(self) -> bool:
        """Return whether it belongs to a demonstration."""
        return self.plan.is_demo if self.plan else bool(self.program and self.program.is_demo)

    def words(self) -> str:
        """Return everything it can be found by."""
        if self.kpi is not None and self.plan is not None:
            places = [f"{node.code} {node.name}" for node in _nodes_of(self.plan, self.kpi.code)]
            answers = [answer.text for answer in self.kpi.answers]
            definition = [self.kpi.unit, self.kpi.method, self.kpi.rationale, *self.kpi.sections]
            return "\n".join([self.kpi.code, self.kpi.name, *places, *definition, *answers])
        assert self.program is not None
        program = self.program
        return "\n".join(
            [
                str(program.number),
                program.name,
                program.former_name,
                program.bureau,
                program.section,
                program.purpose,
                program.summary,
                program.results,
            ]
        )


def _nodes_of(plan: PublishedPlan, code: str) -> Iterator[PublishedNode]:
    waiting = list(plan.nodes)
    while waiting:
        node = waiting.pop()
        if code in node.kpis:
            yield node
        waiting += node.children


def everything(contents: Iterable[Content]) -> Iterator[Found]:
    """Yield the newest publication of every KPI and program; `contents` come newest first."""
    seen: set[tuple[str, str]] = set()
    for content in contents:
        for plan in content.plans:
            for kpi in plan.kpis:
                if kpi.is_published and (plan.code, kpi.code) not in seen:
                    seen.add((plan.code, kpi.code))
                    yield Found(content.fiscal_year, plan, kpi, None)
        for program in content.programs:
            key = ("demo" if program.is_demo else "", str(program.number))
            if key not in seen:
                seen.add(key)
                yield Found(content.fiscal_year, None, None, program)


def search(contents: Iterable[Content], question: str) -> list[Found]:
    """Return what holds every word of the question; everything for a blank one."""
    words = [search_key(word) for word in question.split()]
    found = everything(contents)
    if not words:
        return list(found)
    return [one for one in found if all(word in search_key(one.words()) for word in words)]
