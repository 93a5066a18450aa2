"""Every sample of torch's `module_db`."""

import pytest

from refnn.testing.conformance import modules


@pytest.mark.parametrize("test", modules.all_tests(), ids=str)
def test_module(test, judge):
    judge(modules.run(test))
