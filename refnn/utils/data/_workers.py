"""A DataLoader's workers (torch.utils.data._utils.worker), without processes: each has its turn where it is asked.

What makes a worker's batches its own is kept: random streams of torch's, Python's and NumPy's generators, seeded from
the loader's seed and the worker's number, a copy of the data set, and what `get_worker_info` tells. So the batches are
torch's. They come no sooner than without workers.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from refnn.random import get_rng_state, manual_seed, set_rng_state
from refnn.utils.data._fetch import Fetcher
from refnn.utils.data.dataset import Dataset

__all__ = ["Worker", "WorkerInfo", "get_worker_info"]


@dataclass(frozen=True)
class WorkerInfo:
    """What a worker knows of itself: its number of how many, its seed, and its copy of the data set."""

    id: int
    num_workers: int
    seed: int
    dataset: Any
    rng: Any = None
    worker_method: str | None = "multiprocessing"


_at_work: WorkerInfo | None = None


def get_worker_info() -> WorkerInfo | None:
    """What the worker that loads data knows of itself; None outside of a worker. Source: as torch.utils.data's."""
    return _at_work


def _streams() -> tuple[Any, Any, Any]:
    return get_rng_state(), random.getstate(), np.random.get_state()


def _continue(streams: tuple[Any, Any, Any]) -> None:
    set_rng_state(streams[0])
    random.setstate(streams[1])
    np.random.set_state(streams[2])


class Worker:
    """Worker `number` of a loader.

    Attributes:
        has_ended: whether its stream is exhausted.
    """

    def __init__(self, loader: Any, number: int, base_seed: int) -> None:
        seed = base_seed + number
        # Attributes that a worker sets on its data set are seen by no other; what they hold is shared.
        dataset = copy.copy(loader.dataset) if isinstance(loader.dataset, Dataset) else loader.dataset
        self._loader = loader
        self._info = WorkerInfo(number, loader.num_workers, seed, dataset)
        self._own: tuple[Any, Any, Any] | None = None
        with self._turn():
            random.seed(seed)
            manual_seed(seed)
            words = [number, base_seed & 0xFFFFFFFF, base_seed >> 32, 0]
            np.random.seed(np.random.SeedSequence(words).generate_state(4))
            if loader.worker_init_fn is not None:
                loader.worker_init_fn(number)
        self.begin()

    def begin(self) -> None:
        """Start a pass over the data, with the random streams where they are."""
        with self._turn():
            self._fetch = Fetcher(self._loader, self._info.dataset)
        self.has_ended = False

    def fetch(self, index: Any) -> Any:
        """The batch of what the sampler yielded. Raises StopIteration where the worker's stream has ended."""
        with self._turn():
            return self._fetch(index)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Inside, the generators are in the worker's states; afterwards they are as they were."""
        global _at_work
        before, streams = _at_work, _streams()
        if self._own is not None:
            _continue(self._own)
        _at_work = self._info
        try:
            yield
        finally:
            self._own = _streams()
            _at_work = before
            _continue(streams)
