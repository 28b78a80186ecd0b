"""Import a staff list: a preview, or with --apply the import itself."""

from importers.enums import DocumentKind
from importers.management.import_command import ImportCommand


class Command(ImportCommand):
    """See the stable interfaces in docs/architecture.md."""

    help = "職員の一覧を取り込みます（--apply がなければ確認だけ）。"
    kind = DocumentKind.STAFF
    takes_effective_on = True
    takes_demo = False
