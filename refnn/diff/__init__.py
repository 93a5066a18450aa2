"""The execution differ: two runs of one model, put side by side, value by value.

    report = refnn.diff.compare(torch_model, batches=[(x, y)], loss=torch.nn.CrossEntropyLoss())
    report.raise_if_diverged()

`record` notes what a run produces, `align` pairs the notes of two runs, `judge` holds each pair against a
bound, and `report` tells. `compare` does it for two models, `compare_sides` for any two runs, and `script`
for a script that was written for torch: the command `refnn diff`.
"""

from refnn.diff.compare import compare, compare_sides
from refnn.diff.judge import Bound, BoundError, Row
from refnn.diff.record import Recorder, Side
from refnn.diff.report import Report
from refnn.diff.script import ScriptError, compare_script

__all__ = [
    "Bound",
    "BoundError",
    "Recorder",
    "Report",
    "Row",
    "ScriptError",
    "Side",
    "compare",
    "compare_script",
    "compare_sides",
]
