"""The sources that are asked over HTTP, and what they share: reading answers, plain text, what a stretch was worth."""
