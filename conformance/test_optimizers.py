"""Every configuration and every error input of torch's `optim_db`."""

import pytest

from refnn.testing.conformance import optimizers


@pytest.mark.parametrize("test", optimizers.all_tests(), ids=str)
def test_optimizer(test, judge):
    judge(optimizers.run(test))
