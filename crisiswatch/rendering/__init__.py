"""Turns an incident into what people read: message, mail, Slack blocks, plain text and the chart. Pure."""
