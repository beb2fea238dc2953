"""Detectors: one algorithm a package or module; they compute and never reach out."""
