"""How many threads a computation may use (torch.set_num_threads, torch.get_num_threads).

Where the package threadpoolctl is installed (`pip install refnn[threads]`), convolution, pooling and products of
large matrices divide their work among threads. Without it only BLAS has several, and decides itself how many.

Results may differ in rounding with the number of threads, as torch's do: sums over images are divided, and some
convolutions choose another of two equally exact ways.
"""

from __future__ import annotations

import numpy as np

from refnn.ops import _threads

__all__ = ["get_num_threads", "set_num_threads"]


def set_num_threads(n: int, /) -> None:
    """Use up to n threads from now on. With threadpoolctl also BLAS does, for everything in the process.

    Raises RuntimeError for what is not a positive int, ValueError for one beyond 63 bits.

    Source: torch.set_num_threads.
    """
    if type(n) is not int and not isinstance(n, np.integer):
        raise RuntimeError(f"set_num_threads expects an int, but got {type(n).__name__}")
    if not -(2**63) <= n < 2**63:
        raise ValueError("Overflow when unpacking long")
    if n <= 0:
        raise RuntimeError("set_num_threads expects a positive integer")
    _threads.set_count(int(n))


def get_num_threads() -> int:
    """How many threads may be used.

    At first as many as there are processors that this process may run on, or fewer if one of the environment's
    OMP_NUM_THREADS, MKL_NUM_THREADS and OPENBLAS_NUM_THREADS says so.

    Source: torch.get_num_threads.
    """
    return _threads.count()
