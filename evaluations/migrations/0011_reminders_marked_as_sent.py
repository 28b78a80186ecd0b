from django.db import migrations, models


class Migration(migrations.Migration):
    """A digest is noted before it is sent, and marked after. Those noted so far had gone out."""

    dependencies = [("evaluations", "0010_opinions_on_measures")]

    operations = [
        migrations.AddField(
            model_name="remindermail",
            name="noted_at",
            field=models.DateTimeField(null=True, verbose_name="送り始めた日時"),
        ),
        migrations.AddField(
            model_name="remindermail",
            name="is_sent",
            field=models.BooleanField(default=True, verbose_name="送信済"),
        ),
        migrations.AlterField(
            model_name="remindermail",
            name="is_sent",
            field=models.BooleanField(default=False, verbose_name="送信済"),
        ),
    ]
