"""Import yearly targets and actuals: a preview, or with --apply the import itself."""

from importers.enums import DocumentKind
from importers.management.import_command import ImportCommand


class Command(ImportCommand):
    """See the stable interfaces in docs/architecture.md."""

    help = "年度別の目標値・実績値を取り込みます（--apply がなければ確認だけ）。"
    kind = DocumentKind.ACTUALS
