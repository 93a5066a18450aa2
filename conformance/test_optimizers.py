"""Every configuration and every error input of torch's `optim_db`."""

import pytest

from conformance.harness import optimizers


@pytest.mark.parametrize("test", optimizers.all_tests(), ids=str)
def test_optimizer(test, judge):
    judge(optimizers.run(test))
