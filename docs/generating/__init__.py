"""One module a generated reference page (or two that are alike); each returns the page as Markdown."""
