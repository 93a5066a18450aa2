"""What tests of kernels share."""

import pytest

from refnn.ops import _threads


class OneThreadedBlas:
    """What threadpoolctl gives for a library that has one thread."""

    def get_num_threads(self):
        return 1

    def set_num_threads(self, n):
        pass


@pytest.fixture
def one_threaded_blas(monkeypatch):
    """Any work is long enough for several threads, with or without threadpoolctl; a test sets `_count`."""
    monkeypatch.setattr(_threads, "_libraries", [OneThreadedBlas()])
    monkeypatch.setattr(_threads, "LEAST", 1e-9)
