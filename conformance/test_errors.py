"""torch's error inputs: exception type and text."""

import pytest

from refnn.testing.conformance import errors


@pytest.mark.parametrize("test", errors.all_tests(), ids=str)
def test_error_inputs(test, judge):
    judge(errors.run(test))
