"""Properties of text functions are never timed: the first call of some builds a table or loads a model."""

from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
