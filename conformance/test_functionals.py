"""Every sample of torch's `op_db` that is named `nn.functional.*`."""

import pytest

from refnn.testing.conformance import functionals


@pytest.mark.parametrize("test", functionals.functional_tests(), ids=str)
def test_functional(test, judge):
    judge(functionals.run(test))
