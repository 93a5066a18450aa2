"""The rows of docs/semantics.md, each run with torch and with refnn as `torch`."""

import functools
from typing import Any

from conformance.harness.scripts import Script
from refnn.explain.corner_cases import corner_cases, run_line


def values(lib: Any, code: str) -> Any:
    """What a row gives, detached: whether a gradient is itself part of a graph is a matter of how it is written."""
    return _detached(run_line(lib, code))


def _detached(tree: Any) -> Any:
    if hasattr(tree, "detach"):
        return tree.detach()
    return type(tree)(map(_detached, tree)) if type(tree) in (list, tuple) else tree


SEMANTICS = [
    Script("semantics", row.number, row.text, row.names, functools.partial(values, code=row.code))
    for row in corner_cases()
]
