"""Import definitions of KPIs: a preview, or with --apply the import itself."""

from importers.enums import DocumentKind
from importers.management.import_command import ImportCommand


class Command(ImportCommand):
    """See the stable interfaces in docs/architecture.md."""

    help = "KPIの定義の一覧を取り込みます（--apply がなければ確認だけ）。"
    kind = DocumentKind.DEFINITIONS
    takes_reason = True
