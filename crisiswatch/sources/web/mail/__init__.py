"""Sources that speak in letters: mailboxes, newsgroups, mailing lists. What they share is in `letters.py`."""
