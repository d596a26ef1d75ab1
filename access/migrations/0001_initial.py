
import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ApiKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(help_text='The program that holds the key, or whoever runs it.', max_length=100, unique=True)),
                ('prefix', models.CharField(editable=False, help_text="The key's first characters.", max_length=8, verbose_name='Begins with')),
                ('digest', models.CharField(editable=False, max_length=64, unique=True)),
                ('databases', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=100), default=list, help_text='The target databases that programs with this key may open.', size=None)),
                ('expires_at', models.DateTimeField(blank=True, help_text='From then on (UTC) the key opens nothing. Empty: never.', null=True, verbose_name='Expires')),
                ('revoked_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='Revoked')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='Created')),
                ('created_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'API key',
                'verbose_name_plural': 'API keys',
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='ApiSession',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('id_digest', models.CharField(max_length=64, unique=True)),
                ('access_digest', models.CharField(max_length=64, unique=True)),
                ('refresh_digest', models.CharField(max_length=64, unique=True)),
                ('password_digest', models.CharField(max_length=64)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('expires_at', models.DateTimeField()),
                ('refresh_expires_at', models.DateTimeField(db_index=True)),
                ('revoked_at', models.DateTimeField(null=True)),
                ('api_key', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.apikey')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'API session',
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='UserDatabases',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('databases', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=100), blank=True, default=list, help_text='The target databases this user may open, in the back office and by the API.', size=None)),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='open_databases', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': "user's databases",
                'verbose_name_plural': "users' databases",
                'default_permissions': (),
            },
        ),
    ]
