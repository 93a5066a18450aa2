"""The verdicts, for the rows in `cases/`."""

from refnn.testing.conformance.compare import DEFAULTS, EXACT, Tolerance, default_tolerance, judge, ulps

__all__ = ["DEFAULTS", "EXACT", "Tolerance", "default_tolerance", "judge", "ulps"]
