"""Relaying: to services that page people themselves and know an incident by a key. Said twice is known once."""

from __future__ import annotations
