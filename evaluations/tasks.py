"""Long work behind the pages: sending reminders."""

from django.conf import settings
from django_tasks import task

from evaluations.selectors.outstanding import running_rounds
from evaluations.selectors.reminders import digests_of
from evaluations.services.reminders import SendingReport, send_digests
from tsukuba_kpi import clock


def send_todays_reminders() -> SendingReport:
    """Send what is due today in all running rounds."""
    today = clock.today()
    digests = digests_of(running_rounds(), today=today, site_url=settings.SITE_URL)
    return send_digests(digests=digests, today=today, now=clock.now)


@task()
def send_reminders() -> None:
    """Send them behind a page: after a round was opened, or at planning's press."""
    if settings.SENDS_MAIL:
        send_todays_reminders()
