"""The console: pages, JSON API, webhooks in, metrics and health over HTTP. Start reading at `application.py`."""
