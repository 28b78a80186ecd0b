"""Import a list of sections: a preview, or with --apply the import itself."""

from importers.enums import DocumentKind
from importers.management.import_command import ImportCommand


class Command(ImportCommand):
    """See the stable interfaces in docs/architecture.md."""

    help = "部署の一覧を取り込みます（--apply がなければ確認だけ）。"
    kind = DocumentKind.SECTIONS
    takes_effective_on = True
