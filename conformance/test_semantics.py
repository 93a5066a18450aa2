"""docs/semantics.md is true of torch, well formed, and every row of it is a row of the suite."""

import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch

from conformance.cases.semantics import SEMANTICS
from refnn.explain.corner_cases import corner_cases, plain, run_line
from refnn.testing.conformance import names

TEXT = (Path(__file__).parents[1] / "docs" / "semantics.md").read_text(encoding="utf-8")
ROWS = corner_cases()


def same(found, stated):
    """Equal, numbers to the six digits that the document gives."""
    if isinstance(stated, list):
        return isinstance(found, list) and len(found) == len(stated) and all(map(same, found, stated))
    if isinstance(stated, int | float) and not isinstance(stated, bool):
        return bool(np.isclose(found, stated, rtol=1e-6, atol=1e-12, equal_nan=True))
    return type(found) is type(stated) and found == stated


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.number)
def test_torch_gives_what_the_document_says(row):
    found = plain(run_line(torch, row.code))
    assert same(found, row.claim), f"{row.code} gives {found}"


def test_every_row_of_the_document_is_a_row_of_the_suite():
    written = re.findall(r"^\| (\d+\.\d+) \|", TEXT, re.MULTILINE)
    lines = [line for line in TEXT.splitlines() if line.startswith("|") and not re.match(r"\| \| what|\|-", line)]
    assert len(lines) == len(written)
    assert [script.name for script in SEMANTICS] == written
    assert not [number for number, times in Counter(written).items() if times > 1]


def test_rows_are_numbered_in_order():
    section, expected = 0, 0
    for line in TEXT.splitlines():
        if line.startswith("## "):
            section, expected = section + 1, 0
            assert line.startswith(f"## {section} ")
        elif re.match(r"\| \d", line):
            expected += 1
            assert line.startswith(f"| {section}.{expected} |")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.number)
def test_names_are_torchs(row):
    assert row.names
    for name in row.names:
        names.look_up(torch, name)


@pytest.mark.parametrize(
    "found, stated, equal",
    [
        ([1.0, "a", None], [1, "a", None], True),
        ([1.0], [1.1], False),
        ([1.0, 2.0], [1.0], False),
        (float("nan"), float("nan"), True),
        (0.0, float("nan"), False),
        (True, False, False),
    ],
)
def test_a_false_claim_is_found(found, stated, equal):
    assert same(found, stated) is equal
