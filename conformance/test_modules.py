"""Every sample of torch's `module_db`."""

import pytest

from conformance.harness import modules


@pytest.mark.parametrize("test", modules.all_tests(), ids=str)
def test_module(test, judge):
    judge(modules.run(test))
