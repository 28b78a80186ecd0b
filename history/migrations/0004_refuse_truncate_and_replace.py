"""Close two ways around the triggers: TRUNCATE on PostgreSQL, INSERT OR REPLACE on SQLite."""

from django.db import migrations

from history import triggers


def renew(apps, schema_editor):
    triggers.remove(schema_editor.connection)
    triggers.install(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("history", "0003_refuse_changes")]
    operations = [migrations.RunPython(renew, migrations.RunPython.noop)]
