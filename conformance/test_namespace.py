"""The samples of the other entries of torch's `op_db`, in all forms that Tensor offers."""

import pytest

from refnn.testing.conformance import functionals


@pytest.mark.parametrize("test", functionals.namespace_tests(), ids=str)
def test_name(test, judge):
    judge(functionals.run(test))
