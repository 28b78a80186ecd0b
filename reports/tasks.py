"""Long work behind the pages: the annual report is set when it is published, counts after a large change."""

from django_tasks import task

from reports.models import Publication
from reports.paper.typeset import Template, kept_pdf
from reports.selectors.papers import papers_folder, report_words
from reports.services import standings
from strategy.models import Plan
from tsukuba_kpi import clock


@task()
def keep_report(publication_id: int) -> None:
    """Set the annual report of a publication and keep it."""
    publication = Publication.objects.select_related("round").filter(pk=publication_id).first()
    if publication is not None:
        kept_pdf(Template.REPORT, report_words(publication), papers_folder())


@task()
def bring_counts_up_to_date(plan_id: int) -> None:
    """Read every revision not read yet, and keep the plan's periods."""
    plan = Plan.objects.select_related("rating_scheme").filter(pk=plan_id).first()
    if plan is not None:
        standings.finish(plan=plan, at=clock.now())
