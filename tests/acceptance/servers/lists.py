"""A site with HyperKitty alone, run by the Python of its own folder: `python lists.py FOLDER PORT`.

It stands where Mailman's core would deliver what it archives. No core is asked about lists and members: every list is
public. Prints a line when it can be asked, and serves until it is killed.
"""

from __future__ import annotations

import sys
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

KEY = "archiver"


def main(folder: Path, port: int) -> None:
    """Make the database, and serve."""
    import django
    from django.conf import settings

    settings.configure(**_settings(folder))
    django.setup()
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application
    from django.urls import include, path

    urlpatterns[:] = [path("hyperkitty/", include("hyperkitty.urls")), path("", include("django_mailman3.urls"))]
    call_command("migrate", verbosity=0, interactive=False)
    with make_server("127.0.0.1", port, get_wsgi_application(), handler_class=_Silent) as server:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        server.serve_forever()


class _Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


def _settings(folder: Path) -> dict[str, object]:
    django = "django.contrib."
    return {
        "SECRET_KEY": "of a test",
        "ALLOWED_HOSTS": ["127.0.0.1"],
        "DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "lists.db")}},
        "DEFAULT_AUTO_FIELD": "django.db.models.AutoField",
        "INSTALLED_APPS": [
            *("hyperkitty", "django_mailman3", "rest_framework", "haystack", "django_q", "compressor"),
            *(django + name for name in ("auth", "contenttypes", "sessions", "sites", "messages", "humanize")),
            *("allauth", "allauth.account", "allauth.socialaccount", "django_gravatar", "django_extensions"),
        ],
        "MIDDLEWARE": [
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "allauth.account.middleware.AccountMiddleware",
        ],
        "TEMPLATES": [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
        "HAYSTACK_CONNECTIONS": {"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}},
        "Q_CLUSTER": {"orm": "default", "sync": True, "timeout": 60, "retry": 120},
        "ROOT_URLCONF": __name__,
        "SITE_ID": 1,
        "STATIC_URL": "/static/",
        "STATIC_ROOT": str(folder / "static"),
        "USE_TZ": True,
        "HYPERKITTY_BATCH_MODE": True,  # else it asks a core that is not there
        "MAILMAN_ARCHIVER_KEY": KEY,
        "MAILMAN_ARCHIVER_FROM": ["127.0.0.1"],
        "MAILMAN_REST_API_URL": "http://127.0.0.1:9",
        "MAILMAN_REST_API_USER": "nobody",
        "MAILMAN_REST_API_PASS": "",
    }


urlpatterns: list[object] = []

if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
