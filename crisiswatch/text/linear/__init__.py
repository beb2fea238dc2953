"""A linear model of negativity: hashed words and letters, two tables of small integers, numpy alone at run time."""

from __future__ import annotations

from crisiswatch.text.linear.scoring import Linear

__all__ = ["Linear"]
