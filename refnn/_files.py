"""Files that are no part of the code, which an installed package has in a folder of its own."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def beside(path: str) -> Path:
    """`docs/semantics.md`, `conformance/tolerances.toml`: in the project, or where its wheel has them.

    Raises FileNotFoundError where neither has it.
    """
    for root in (_PACKAGE.parent, _PACKAGE / "_project"):
        if (root / path).is_file():
            return root / path
    raise FileNotFoundError(f"refnn was installed without {path}")
