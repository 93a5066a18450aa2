"""The rows of docs/semantics.md, each run with torch and with refnn as `torch`."""

import functools

from conformance.harness.scripts import Script
from refnn.explain.corner_cases import corner_cases, run_line

SEMANTICS = [
    Script("semantics", row.number, row.text, row.names, functools.partial(run_line, code=row.code))
    for row in corner_cases()
]
