"""Import a list of programs: a preview, or with --apply the import itself."""

from importers.enums import DocumentKind
from importers.management.import_command import ImportCommand


class Command(ImportCommand):
    """See the stable interfaces in docs/architecture.md."""

    help = "事務事業の一覧を取り込みます（--apply がなければ確認だけ）。"
    kind = DocumentKind.PROGRAMS
    needs_fiscal_year = True
