"""The execution differ: two runs of one model, put side by side, value by value.

    report = refnn.diff.compare(torch_model, batches=[(x, y)], loss=torch.nn.CrossEntropyLoss())
    report.raise_if_diverged()

`record` notes what a run produces, `align` pairs the notes of two runs, `judge` holds each pair against a
bound, and `report` tells. `compare` does it for two models, `compare_sides` for any two runs, and `script`
for a script that was written for torch: the command `refnn diff`.

torch has a function of this name, the differences between neighbours: `refnn.diff(x)` is that function. So the
package can be called; and since every `import refnn` brings it, its own parts are imported when first used.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

from refnn.functions import cumulative as _cumulative
from refnn.functions._calls import as_called as _as_called

if TYPE_CHECKING:
    from refnn.diff.comparison import compare, compare_sides
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

_HOMES = {
    "Bound": "judge",
    "BoundError": "judge",
    "Recorder": "record",
    "Report": "report",
    "Row": "judge",
    "ScriptError": "script",
    "Side": "record",
    "compare": "comparison",
    "compare_script": "script",
    "compare_sides": "comparison",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


_neighbours = _as_called(_cumulative.diff, "diff")


class _Package(ModuleType):
    def __call__(self, *args: Any, **named: Any) -> Any:
        """torch.diff."""
        return _neighbours(*args, **named)


sys.modules[__name__].__class__ = _Package
