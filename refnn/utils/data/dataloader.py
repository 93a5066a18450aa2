"""DataLoader: batches of a data set, in the order that torch draws (torch.utils.data.dataloader).

`iter(loader)` draws one seed from the loader's generator, for workers; without any the stream has to move on all the
same. The sampler draws what it needs when the first batch is asked for, and with workers at once: batches are dealt
out ahead.
"""

from __future__ import annotations

import multiprocessing
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import cycle
from multiprocessing.context import BaseContext
from typing import Any, Generic, TypeVar

from refnn.random import Generator
from refnn.utils.data._fetch import Fetcher
from refnn.utils.data._workers import Worker, get_worker_info
from refnn.utils.data.collate import default_collate, default_convert
from refnn.utils.data.dataset import IterableDataset
from refnn.utils.data.sampler import BatchSampler, RandomSampler, Sampler, SequentialSampler, draw_seed

__all__ = ["DataLoader", "default_collate", "default_convert", "get_worker_info"]

T_co = TypeVar("T_co", covariant=True)
_FIXED = frozenset(("batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers"))


class _Endless(Sampler[None]):
    """The sampler of an IterableDataset, which needs no indices."""

    def __iter__(self) -> Iterator[None]:
        while True:
            yield None


class DataLoader(Generic[T_co]):
    """An iterable over the batches of a data set.

    Args:
        dataset: map-style or iterable-style.
        batch_size: samples in a batch; None yields single samples.
        shuffle: a new random order at each pass.
        sampler, batch_sampler: an order of indices, or of lists of them, instead of the above.
        num_workers: among how many the batches are dealt out in turn. They are not processes, and load in the one that
            asks, but have random streams of their own, so that the batches are torch's.
        collate_fn: makes a batch of a list of samples; default_collate.
        drop_last: leave out a last, shorter batch.
        worker_init_fn: called with each worker's number before it loads.
        generator: draws the order, and a seed at each pass.
        prefetch_factor: for how many batches of a worker the sampler is asked ahead; 2.
        persistent_workers: the workers, and their random streams, go on from pass to pass.

    The other options concern processes and accelerators, and are checked as torch checks them. What fails in a worker
    raises as it would without. Raises ValueError for options that exclude each other.
    """

    dataset: Any
    batch_size: int | None
    sampler: Any
    drop_last: bool
    _initialized = False

    def __init__(
        self,
        dataset: Any,
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Sampler[Any] | Iterable[Any] | None = None,
        batch_sampler: Sampler[list[Any]] | Iterable[list[Any]] | None = None,
        num_workers: int = 0,
        collate_fn: Callable[[list[Any]], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], None] | None = None,
        multiprocessing_context: Any = None,
        generator: Generator | None = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None:
        _check_workers(num_workers, timeout, prefetch_factor, persistent_workers)
        self.dataset = dataset
        self.num_workers = num_workers
        self.prefetch_factor = 2 if num_workers and prefetch_factor is None else prefetch_factor
        self.pin_memory = pin_memory
        self.pin_memory_device = pin_memory_device
        self.timeout = timeout
        self.worker_init_fn = worker_init_fn
        self.multiprocessing_context = _context(multiprocessing_context, num_workers)
        self.in_order = in_order
        self._is_iterable = isinstance(dataset, IterableDataset)
        if self._is_iterable:
            _check_iterable(shuffle, sampler, batch_sampler)
        batch_size, drop_last = _check_batching(batch_size, bool(shuffle), sampler, batch_sampler, drop_last)
        if sampler is None:
            sampler = self._default_sampler(bool(shuffle), generator)
        if batch_size is not None and batch_sampler is None:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        self.batch_size = batch_size
        self.drop_last = drop_last
        self.sampler = sampler
        self.batch_sampler = batch_sampler
        self.generator = generator
        if collate_fn is None:
            collate_fn = default_collate if self._auto_collation else default_convert
        self.collate_fn = collate_fn
        self.persistent_workers = persistent_workers
        self._IterableDataset_len_called: int | None = None
        self._iterator: _PassOfWorkers | None = None
        self._initialized = True

    def _default_sampler(self, shuffle: bool, generator: Generator | None) -> Sampler[Any]:
        if self._is_iterable:
            return _Endless()
        return RandomSampler(self.dataset, generator=generator) if shuffle else SequentialSampler(self.dataset)

    def __setattr__(self, attr: str, val: Any) -> None:
        if self._initialized and attr in _FIXED:
            raise ValueError(f"{attr} attribute should not be set after {type(self).__name__} is initialized")
        super().__setattr__(attr, val)

    @property
    def _auto_collation(self) -> bool:
        return self.batch_sampler is not None

    @property
    def _index_sampler(self) -> Any:
        return self.batch_sampler if self._auto_collation else self.sampler

    def __iter__(self) -> _Pass:
        if not self.num_workers:
            return _Pass(self)
        if self._iterator is not None:
            self._iterator.begin()
            return self._iterator
        iterator = _PassOfWorkers(self)
        if self.persistent_workers:
            self._iterator = iterator
        return iterator

    def __len__(self) -> int:
        """The number of batches. Raises TypeError where the data set, or the sampler, has no length."""
        if not self._is_iterable:
            return len(self._index_sampler)
        samples = self._IterableDataset_len_called = len(self.dataset)
        if self.batch_size is None:
            return samples
        whole, rest = divmod(samples, self.batch_size)
        return whole if self.drop_last or not rest else whole + 1


def _check_workers(num_workers: int, timeout: float, prefetch_factor: int | None, persistent_workers: bool) -> None:
    if num_workers < 0:
        raise ValueError("num_workers option should be non-negative; use num_workers=0 to disable multiprocessing.")
    if timeout < 0:
        raise ValueError("timeout option should be non-negative")
    if not num_workers and prefetch_factor is not None:
        raise ValueError(
            "prefetch_factor option could only be specified in multiprocessing."
            "let num_workers > 0 to enable multiprocessing, otherwise set prefetch_factor to None."
        )
    if prefetch_factor is not None and prefetch_factor < 0:
        raise ValueError("prefetch_factor option should be non-negative")
    if persistent_workers and not num_workers:
        raise ValueError("persistent_workers option needs num_workers > 0")


def _context(context: Any, num_workers: int) -> Any:
    """How processes would be started, as the loader keeps it."""
    if context is None:
        return None
    if not num_workers:
        raise ValueError(
            "multiprocessing_context can only be used with multi-process loading (num_workers > 0), but got "
            f"num_workers={num_workers}"
        )
    if isinstance(context, str):
        methods = multiprocessing.get_all_start_methods()
        if context not in methods:
            raise ValueError(
                f"multiprocessing_context option should specify a valid start method in {methods!r}, but got "
                f"multiprocessing_context={context!r}"
            )
        return multiprocessing.get_context(context)
    if not isinstance(context, BaseContext):
        raise TypeError(
            "multiprocessing_context option should be a valid context object or a string specifying the start method, "
            f"but got multiprocessing_context={context}"
        )
    return context


def _check_iterable(shuffle: Any, sampler: Any, batch_sampler: Any) -> None:
    options = (
        ("shuffle", shuffle, shuffle not in {False, None}),
        ("sampler", sampler, sampler is not None),
        ("batch_sampler", batch_sampler, batch_sampler is not None),
    )
    for name, value, is_given in options:
        if is_given:
            raise ValueError(
                f"DataLoader with IterableDataset: expected unspecified {name} option, but got {name}={value}"
            )


def _check_batching(
    batch_size: int | None, shuffle: bool, sampler: Any, batch_sampler: Any, drop_last: bool
) -> tuple[int | None, bool]:
    """(batch_size, drop_last) as the loader keeps them."""
    if sampler is not None and shuffle:
        raise ValueError("sampler option is mutually exclusive with shuffle")
    if batch_sampler is not None:
        if batch_size != 1 or shuffle or sampler is not None or drop_last:
            raise ValueError(
                "batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last"
            )
        return None, False
    if batch_size is None and drop_last:
        raise ValueError("batch_size=None option disables auto-batching and is mutually exclusive with drop_last")
    return batch_size, drop_last


class _Pass:
    """One pass over a loader's data. Named `_SingleProcessDataLoaderIter` in torch."""

    _advice = ""
    _name = "_SingleProcessDataLoaderIter"

    def __init__(self, loader: DataLoader[Any]) -> None:
        if loader.pin_memory:
            _warn_of_pinning(loader.pin_memory_device)
        self._loader = loader
        self._index_sampler = loader._index_sampler
        self._indices = iter(self._index_sampler)
        self._base_seed = draw_seed(loader.generator)
        self._num_yielded = 0
        self._prepare()

    def _prepare(self) -> None:
        if self._loader.timeout != 0:
            raise AssertionError("_SingleProcessDataLoaderIter requires timeout == 0")
        self._fetch = Fetcher(self._loader, self._loader.dataset)

    def __iter__(self) -> _Pass:
        return self

    def __len__(self) -> int:
        return len(self._index_sampler)

    def __next__(self) -> Any:
        data = self._next_data()
        self._num_yielded += 1
        promised = self._loader._IterableDataset_len_called
        if self._loader._is_iterable and promised is not None and self._num_yielded > promised:
            warnings.warn(
                f"Length of IterableDataset {self._loader.dataset} was reported to be {promised}"
                f"(when accessing len(dataloader)), but {self._num_yielded} samples have been fetched. {self._advice}",
                stacklevel=2,
            )
        return data

    def _next_data(self) -> Any:
        return self._fetch(next(self._indices))

    def __reduce__(self) -> Any:
        raise NotImplementedError("{} cannot be pickled", self._name)


class _PassOfWorkers(_Pass):
    """A pass in which workers take turns, or one after the other. torch's `_MultiProcessingDataLoaderIter`."""

    _advice = (
        "For multiprocessing data-loading, this could be caused by not properly configuring the IterableDataset "
        "replica at each worker. Please see "
        "https://pytorch.org/docs/stable/data.html#torch.utils.data.IterableDataset for examples."
    )
    _name = "_MultiProcessingDataLoaderIter"

    def _prepare(self) -> None:
        loader = self._loader
        self._ahead = (loader.prefetch_factor or 0) * loader.num_workers
        if self._ahead <= 0:
            raise AssertionError("prefetch_factor must be greater than 0 for MultiProcessingDataLoaderIter")
        self._workers = [Worker(loader, number, self._base_seed) for number in range(loader.num_workers)]
        self._ask()

    def begin(self) -> None:
        """Start the next pass of workers that stay."""
        for worker in self._workers:
            worker.begin()
        self._num_yielded = 0
        self._ask()

    def _ask(self) -> None:
        """Deal the first batches out."""
        self._indices = iter(self._index_sampler)  # once more: torch asks the sampler twice
        self._turns = cycle(self._workers)
        self._tasks: deque[tuple[Worker, Any]] = deque()
        for _ in range(self._ahead):
            self._deal()

    def _deal(self) -> None:
        """Give the next batch to the next worker whose stream has not ended."""
        try:
            index = next(self._indices)
        except StopIteration:
            return
        for _ in self._workers:
            worker = next(self._turns)
            if not worker.has_ended:
                self._tasks.append((worker, index))
                return

    def _next_data(self) -> Any:
        while self._tasks:
            worker, index = self._tasks.popleft()
            if worker.has_ended:
                continue
            try:
                data = worker.fetch(index)
            except StopIteration:
                if not self._loader._is_iterable:
                    raise
                worker.has_ended = True
                self._deal()
                continue
            self._deal()
            return data
        raise StopIteration


def _warn_of_pinning(device: str) -> None:
    if device:
        warnings.warn(
            "pin_memory_device is deprecated, the current accelerator will be used as the device,"
            f"ignore pin_memory_device='{device}'.",
            stacklevel=4,
        )
    warnings.warn(
        "'pin_memory' argument is set as true but no accelerator is found, then device pinned memory won't be used.",
        stacklevel=4,
    )
