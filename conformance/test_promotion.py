"""Result dtypes of all pairs of operands."""

import pytest

from conformance.harness import promotion


@pytest.mark.parametrize("test", promotion.all_tests(), ids=str)
def test_promotion(test, judge):
    judge(promotion.run(test))
