"""The sweep's rules for the pages of the yearly round (`rights_table.py` takes them up)."""

from collections.abc import Callable
from typing import Any

from evaluations.enums import SheetState
from evaluations.models import KpiSheet
from strategy.enums import NodeLevel
from strategy.models import PlanNode
from tests.factories.evaluations import (
    ActualFactory,
    FieldCommentFactory,
    RoundFactory,
    SheetAttachmentFactory,
)
from tests.factories.world import World
from tests.rights_rule import KEEPERS, NOT_KEEPERS, NOT_PLANNING, OTHERS, SECTION, SIGNED_IN, Rule

INSIDE = f"{SECTION} {KEEPERS}"
OUTSIDE = f"{OTHERS} committee reader outsider"
APPROVERS = "chief deputy other_chief"
NOT_APPROVERS = " ".join(role for role in SIGNED_IN.split() if role not in APPROVERS.split())
VERSIONS = {"sheet_version": "1", "figure_version": "1"}


def sheet_at(state: SheetState) -> Callable[[World], dict[str, Any]]:
    """Return what puts 産業振興課's sheet into a state and names it as `kind` and `pk`."""

    def prepare(world: World) -> dict[str, Any]:
        ActualFactory(kpi=world.industry_kpi)
        KpiSheet.objects.filter(pk=world.industry_sheet.pk).update(state=state.value)
        return {"kind": "kpi", "pk": world.industry_sheet.pk}

    return prepare


def sheet_page_at(state: SheetState) -> Callable[[World], dict[str, Any]]:
    """Return the same, named as `pk` alone."""
    return lambda world: {"pk": sheet_at(state)(world)["pk"]}


def _evaluation_at(state: SheetState) -> Callable[[World], dict[str, Any]]:
    def prepare(world: World) -> dict[str, Any]:
        type(world.industry_evaluation).objects.update(state=state.value)
        return {"pk": world.industry_evaluation.pk}

    return prepare


def _year_of(_: dict[str, Any], world: World) -> dict[str, Any]:
    yearly = world.industry_program
    type(yearly).objects.filter(pk=yearly.pk).update(unconfirmed={"purpose": {"reason": "推定"}})
    return {"pk": yearly.pk}


def _comment(world: World) -> dict[str, Any]:
    comment = FieldCommentFactory(kpi_sheet=world.industry_sheet, by=world.of_industry.clerk)
    return {"kind": "kpi", "pk": world.industry_sheet.pk, "comment_pk": comment.pk}


def file_at(state: SheetState) -> Callable[[World], dict[str, Any]]:
    """Return what attaches a file of the clerk's to the sheet at a state."""

    def prepare(world: World) -> dict[str, Any]:
        found = sheet_at(state)(world)
        file = SheetAttachmentFactory(kpi_sheet=world.industry_sheet, added_by=world.of_industry.clerk)
        return {**found, "attachment_pk": file.pk}

    return prepare


def _round_with_a_grant(world: World) -> dict[str, Any]:
    PlanNode.objects.filter(pk=world.goal.pk).update(level=NodeLevel.GRANT.value)
    return {"pk": world.round.pk}


SHEET_OBJECTS: dict[str, Callable[[World], dict[str, Any]]] = {
    "sheet page": sheet_page_at(SheetState.DRAFTING),
    "sheet page in external evaluation": sheet_page_at(SheetState.EXTERNAL),
    "final sheet page": sheet_page_at(SheetState.FINALISED),
    "evaluation": _evaluation_at(SheetState.DRAFTING),
    "final evaluation": _evaluation_at(SheetState.FINALISED),
    "sheet": sheet_at(SheetState.DRAFTING),
    "sheet awaiting approval": sheet_at(SheetState.AWAITING_APPROVAL),
    "submitted sheet": sheet_at(SheetState.SUBMITTED),
    "sheet in external evaluation": sheet_at(SheetState.EXTERNAL),
    "final sheet": sheet_at(SheetState.FINALISED),
    "comment by the clerk": _comment,
    "program's year": lambda world: _year_of(_evaluation_at(SheetState.DRAFTING)(world), world),
    "program's final year": lambda world: _year_of(_evaluation_at(SheetState.FINALISED)(world), world),
    "section's file": file_at(SheetState.DRAFTING),
    "file of a final sheet": file_at(SheetState.FINALISED),
    "open round": lambda world: {"pk": world.round.pk},
    "round with a grant": _round_with_a_grant,
    "round in preparation": lambda world: {"pk": RoundFactory(state="preparing", fiscal_year=2018).pk},
}

SHEET_RULES: tuple[Rule, ...] = (
    # --- evaluations: sheets ---------------------------------------------------------------------------
    Rule("evaluations:task_list", "GET", yes=SIGNED_IN),
    *(
        Rule(
            "evaluations:program_marks",
            method,
            on="program's year",
            data={"field": "purpose", "version": "1"} if method == "POST" else {},
            yes=f"{SECTION} planning",
            refused="administrator",
            absent=OUTSIDE,
        )
        for method in ("GET", "POST")
    ),
    *(
        Rule(
            "evaluations:program_marks",
            method,
            on="program's final year",
            data={"field": "purpose", "version": "1"} if method == "POST" else {},
            yes="planning",
            refused=NOT_PLANNING,
        )
        for method in ("GET", "POST")
    ),
    Rule("evaluations:task_next", "GET", yes=SIGNED_IN),
    *(
        rule
        for name, own, final in (
            ("evaluations:kpi_sheet_detail", "sheet page", "final sheet page"),
            ("evaluations:program_evaluation_detail", "evaluation", "final evaluation"),
        )
        for rule in (
            Rule(name, "GET", on=own, yes=INSIDE, absent=OUTSIDE),
            Rule(name, "GET", on=final, yes=SIGNED_IN),
            Rule(name, "POST", on=own, data=VERSIONS, yes=SECTION, refused=KEEPERS, absent=OUTSIDE),
            Rule(name, "POST", on=final, data=VERSIONS, yes=SECTION, refused=f"{KEEPERS} {OUTSIDE}"),
        )
    ),
    *(
        rule
        for name, own, final in (
            ("importers:kpi_sheet_form", "sheet page", "final sheet page"),
            ("importers:program_evaluation_form", "evaluation", "final evaluation"),
        )
        for method in ("GET", "POST")
        for rule in (
            Rule(name, method, on=own, yes=INSIDE, absent=OUTSIDE),
            Rule(name, method, on=final, yes=SIGNED_IN),
        )
    ),
    Rule(
        "evaluations:kpi_sheet_detail",
        "GET",
        on="sheet page in external evaluation",
        yes=f"{INSIDE} committee",
        absent=f"{OTHERS} reader outsider",
    ),
    Rule(
        "evaluations:kpi_sheet_preview",
        "GET",
        on="sheet page",
        data={"figure": "12"},
        yes=SECTION,
        refused=KEEPERS,
        absent=OUTSIDE,
    ),
    *(
        Rule(
            "evaluations:sheet_act",
            "POST",
            on=on,
            data={**VERSIONS, "act": act, "reason": "誤り"},
            yes=yes,
            refused=" ".join(role for role in INSIDE.split() if role not in yes.split()),
            absent=OUTSIDE,
        )
        for act, on, yes in (
            ("withdraw", "sheet awaiting approval", SECTION),
            ("approve", "sheet awaiting approval", "chief deputy"),
            ("review", "submitted sheet", "planning"),
            ("refer", "submitted sheet", "planning"),
            ("finalise", "submitted sheet", "planning"),
        )
    ),
    Rule(
        "evaluations:sheet_act",
        "POST",
        on="final sheet",
        data={**VERSIONS, "act": "finalise"},
        yes="planning",
        refused=" ".join(role for role in SIGNED_IN.split() if role != "planning"),
    ),
    *(
        Rule(
            "evaluations:sheet_return",
            method,
            on="sheet awaiting approval",
            data={**VERSIONS, "reason": "出典を確かめてください"} if method == "POST" else {},
            yes="chief deputy planning",
            refused="clerk administrator",
            absent=OUTSIDE,
        )
        for method in ("GET", "POST")
    ),
    *(
        Rule(
            "evaluations:sheet_correct",
            method,
            on="final sheet",
            data={**VERSIONS, "reason": "集計の誤り", "figure": "205"} if method == "POST" else {},
            yes="planning",
            refused=" ".join(role for role in SIGNED_IN.split() if role != "planning"),
        )
        for method in ("GET", "POST")
    ),
    *(
        Rule(
            "evaluations:sheet_reopen",
            method,
            on="final sheet",
            data={**VERSIONS, "reason": "集計の見直し", "until": "2099-01-01"} if method == "POST" else {},
            yes="planning",
            refused=" ".join(role for role in SIGNED_IN.split() if role != "planning"),
        )
        for method in ("GET", "POST")
    ),
    Rule(
        "evaluations:sheet_assess",
        "POST",
        on="submitted sheet",
        data={**VERSIONS, "planning_comment": "妥当"},
        yes="planning",
        refused=f"{SECTION} administrator",
        absent=OUTSIDE,
    ),
    Rule(
        "evaluations:sheet_opine",
        "POST",
        on="sheet in external evaluation",
        data={**VERSIONS, "text": "意見"},
        yes="planning committee",
        refused=f"{SECTION} administrator",
        absent=f"{OTHERS} reader outsider",
    ),
    Rule(
        "evaluations:sheet_reply",
        "POST",
        on="sheet in external evaluation",
        data={**VERSIONS, "text": "回答"},
        yes=SECTION,
        refused=f"{KEEPERS} committee",
        absent=f"{OTHERS} reader outsider",
    ),
    Rule(
        "evaluations:sheet_comment",
        "POST",
        on="sheet",
        data={"field": "figure", "text": "出典は？"},
        yes=f"{SECTION} planning",
        refused="administrator",
        absent=OUTSIDE,
    ),
    Rule(
        "evaluations:comment_resolve",
        "POST",
        on="comment by the clerk",
        yes="clerk",
        refused="chief deputy planning administrator",
        absent=OUTSIDE,
    ),
    Rule(
        "evaluations:sheet_attach",
        "POST",
        on="sheet",
        yes=f"{SECTION} planning",
        refused="administrator",
        absent=OUTSIDE,
    ),
    Rule("evaluations:sheet_attachment", "GET", on="section's file", yes=INSIDE, absent=OUTSIDE),
    Rule("evaluations:sheet_attachment", "GET", on="file of a final sheet", yes=INSIDE, absent=OUTSIDE),
    Rule(
        "evaluations:attachment_remove",
        "POST",
        on="section's file",
        yes=SECTION,
        refused=KEEPERS,
        absent=OUTSIDE,
    ),
    Rule("evaluations:attachment_remove", "POST", on="file of a final sheet", refused=INSIDE, absent=OUTSIDE),
    Rule("evaluations:sheet_presence", "POST", on="sheet", yes=INSIDE, absent=OUTSIDE),
    Rule("evaluations:sheet_presence", "POST", on="final sheet", yes=INSIDE, refused=OUTSIDE),
    Rule(
        "evaluations:sheet_draft",
        "POST",
        on="sheet",
        data={"sheet_version": "1", "draft.note": "途中"},
        yes=SECTION,
        refused=KEEPERS,
        absent=OUTSIDE,
    ),
    Rule("evaluations:sheet_draft_discard", "POST", on="sheet", yes=INSIDE, absent=OUTSIDE),
    Rule(
        "evaluations:sheet_assign",
        "POST",
        on="sheet",
        data={"section": "{world.publicity.pk}", "sheet_version": "1"},
        yes="planning",
        refused=f"{SECTION} administrator",
        absent=OUTSIDE,
    ),
    # --- evaluations: lists and rounds -------------------------------------------------------------------
    *(
        Rule("evaluations:approval_list", method, yes=APPROVERS, refused=NOT_APPROVERS)
        for method in ("GET", "POST")
    ),
    Rule("evaluations:review_list", "GET", yes=KEEPERS, refused=f"{SECTION} {OUTSIDE}"),
    Rule(
        "evaluations:review_list",
        "POST",
        data={"act": "review"},
        yes="planning",
        refused=f"administrator {SECTION} {OUTSIDE}",
    ),
    Rule("evaluations:round_list", "GET", yes=SIGNED_IN),
    Rule("evaluations:round_detail", "GET", on="open round", yes=SIGNED_IN),
    Rule(
        "evaluations:round_detail",
        "GET",
        on="round in preparation",
        yes=KEEPERS,
        absent=f"{SECTION} {OUTSIDE}",
    ),
    *(
        Rule("evaluations:round_create", method, yes="planning", refused=NOT_PLANNING)
        for method in ("GET", "POST")
    ),
    *(
        Rule(name, method, on="open round", yes="planning", refused=NOT_PLANNING)
        for name in (
            "evaluations:round_edit",
            "evaluations:round_questions",
            "evaluations:round_open",
            "evaluations:round_dues",
            "evaluations:round_reminders",
        )
        for method in ("GET", "POST")
    ),
    Rule("evaluations:round_reminder_table", "GET", on="open round", yes="planning", refused=NOT_PLANNING),
    *(
        Rule("evaluations:reminder_text_list", method, yes="planning", refused=NOT_PLANNING)
        for method in ("GET", "POST")
    ),
    *(
        Rule(
            "evaluations:round_open",
            method,
            on="round in preparation",
            yes="planning",
            refused="administrator",
            absent=f"{SECTION} {OUTSIDE}",
        )
        for method in ("GET", "POST")
    ),
    Rule(
        "evaluations:round_state",
        "POST",
        on="open round",
        data={"step": "close"},
        yes="planning",
        refused=NOT_PLANNING,
    ),
    Rule(
        "evaluations:round_effects",
        "GET",
        on="open round",
        yes="planning administrator committee",
        refused=f"{SECTION} {OTHERS} reader outsider",
    ),
    Rule(
        "evaluations:round_effects",
        "POST",
        on="round with a grant",
        data={"node": "{world.goal.pk}", "effect": "効果なし", "reason": "人口の減少", "version": "0"},
        yes="planning",
        refused=f"{SECTION} {OTHERS} administrator committee reader outsider",
    ),
    Rule("evaluations:round_opinions", "GET", on="open round", yes=SIGNED_IN),
    Rule(
        "evaluations:round_opinions",
        "POST",
        on="open round",
        data={"node": "{world.measure.pk}", "kind": "opinion", "text": "意見", "version": "0"},
        yes="planning committee",
        refused=f"{SECTION} {OTHERS} administrator reader outsider",
    ),
    Rule(
        "evaluations:round_opinions",
        "POST",
        on="open round",
        data={"node": "{world.measure.pk}", "kind": "decision", "decision": "拡充", "version": "0"},
        yes="planning",
        refused=f"committee {SECTION} {OTHERS} administrator reader outsider",
    ),
    Rule("evaluations:round_grid", "GET", on="open round", yes=SIGNED_IN),
    Rule(
        "evaluations:round_grid",
        "POST",
        on="open round",
        data={"do": "save"},
        yes=f"{SECTION} {OTHERS}",
        refused=f"{KEEPERS} committee reader outsider",
    ),
    Rule("evaluations:plan_figures", "GET", yes=KEEPERS, refused=NOT_KEEPERS),
    Rule(
        "evaluations:plan_figures",
        "POST",
        data={"do": "save", "reason": "集計の誤り"},
        yes="planning",
        refused=NOT_PLANNING,
    ),
    Rule(
        "evaluations:plan_figures_check",
        "POST",
        data={"block": "R6", "at": "c.1.2018"},
        yes="planning",
        refused=NOT_PLANNING,
    ),
)
