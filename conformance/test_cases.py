"""Our own samples, from `cases/`."""

import pytest

from conformance.cases import ROWS
from conformance.harness import cases


@pytest.mark.parametrize("test", cases.tests_of(ROWS), ids=str)
def test_case(test, judge):
    judge(cases.run(test))
