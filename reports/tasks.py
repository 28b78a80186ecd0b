"""Long work behind the public pages: the annual report is set when it is published, not when it is read."""

from django_tasks import task

from reports.models import Publication
from reports.paper.typeset import Template, kept_pdf
from reports.selectors.papers import papers_folder, report_words


@task()
def keep_report(publication_id: int) -> None:
    """Set the annual report of a publication and keep it."""
    publication = Publication.objects.select_related("round").filter(pk=publication_id).first()
    if publication is not None:
        kept_pdf(Template.REPORT, report_words(publication), papers_folder())
