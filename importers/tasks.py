"""Long work behind the pages: reading a document."""

import logging

from django_tasks import task

from importers.enums import DocumentKind, RunState
from importers.models import ImportRun
from importers.services.previews import read_run, refuse_run
from importers.services.round_runs import read_book_run
from tsukuba_kpi import clock

logger = logging.getLogger(__name__)


@task()
def read_import_run(run_id: int) -> None:
    """Read the file of a run and make its preview; a failure nobody foresaw refuses the run."""
    run = ImportRun.objects.filter(pk=run_id, state=RunState.READING.value).first()
    if run is None:
        return
    try:
        if run.kind == DocumentKind.ROUND.value:
            read_book_run(run, today=clock.today())
        else:
            read_run(run)
    except Exception:
        logger.exception("reading import run %s failed", run_id)
        refuse_run(
            run,
            f"「{run.file_name}」を読み取れませんでした。ファイルを保存し直して、もう一度試してください。",
        )
        raise
