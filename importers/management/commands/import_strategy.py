"""Import the KPI list of a strategy: a preview, or with --apply the import itself."""

from importers.enums import DocumentKind
from importers.management.import_command import ImportCommand


class Command(ImportCommand):
    """See the stable interfaces in docs/architecture.md."""

    help = "戦略のKPI一覧を取り込みます（--apply がなければ確認だけ）。"
    kind = DocumentKind.STRATEGY
    takes_plan = True
