"""Where mentions come from: one kind of source a module, in two groups.

`importing` speaks crisiswatch's own format (files, webhooks); `web` holds the sources that are asked over a network.
"""

from crisiswatch.plugins import Catalogue
from crisiswatch.ports import Hook, Source
from crisiswatch.sources.importing import replay, webhook
from crisiswatch.sources.web import (
    app_store,
    bluesky,
    discourse,
    gdelt,
    gdelt_ngrams,
    hackernews,
    http_json,
    kafka,
    mastodon,
    rss,
    stackexchange,
    telegram,
    wikipedia,
    x,
    youtube,
)
from crisiswatch.sources.web.mail import imap, mailman, nntp
from crisiswatch.sources.web.meta import facebook, instagram, threads

CATALOGUE: Catalogue[Source | Hook] = Catalogue(
    "source",
    rss.KIND,
    mastodon.KIND,
    bluesky.KIND,
    hackernews.KIND,
    discourse.KIND,
    stackexchange.KIND,
    imap.KIND,
    nntp.KIND,
    mailman.KIND,
    telegram.KIND,
    app_store.KIND,
    facebook.KIND,
    instagram.KIND,
    threads.KIND,
    youtube.KIND,
    wikipedia.KIND,
    gdelt.KIND,
    gdelt_ngrams.KIND,
    x.KIND,
    http_json.KIND,
    kafka.KIND,
    webhook.KIND,
    replay.KIND,
)
