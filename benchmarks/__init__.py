"""Measurements, one module each: `python -m benchmarks.NAME --json`. They print numbers and judge nothing."""
