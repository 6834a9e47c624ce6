"""What each node of a run wrote down, judged: one property at a time, whatever implementation wrote it."""

from coterie_kit.traces.bounds import Bounds
from coterie_kit.traces.run import Run, run_from_records
from coterie_kit.traces.table import PROPERTIES, Property, Report, check
from coterie_kit.traces.violation import Place, Violation

__all__ = [
    "PROPERTIES",
    "Bounds",
    "Place",
    "Property",
    "Report",
    "Run",
    "Violation",
    "check",
    "run_from_records",
]
