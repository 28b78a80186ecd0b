from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0002_standings"),
    ]

    operations = [
        migrations.AddField(
            model_name="kpistanding",
            name="direction",
            field=models.CharField(blank=True, default="", max_length=10, verbose_name="方向"),
        ),
    ]
