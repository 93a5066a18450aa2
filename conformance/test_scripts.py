"""Rows that are short scripts, run with torch and with refnn."""

import pytest

from conformance.cases.interface import INTERFACE
from conformance.cases.semantics import SEMANTICS
from conformance.cases.text import TEXT
from conformance.harness import scripts


@pytest.mark.parametrize("script", [*SEMANTICS, *INTERFACE, *TEXT], ids=str)
def test_script(script, judge):
    judge(scripts.run(script))
