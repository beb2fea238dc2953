"""How many made-up scripts the laws of incidents and of delivery are tried on, and how long each is at most."""

from __future__ import annotations

from hypothesis import settings

IS_SOAK = settings.default is settings.get_profile("soak")
SCRIPTS, STEPS = (50_000, 100) if IS_SOAK else (2_000, 50)
