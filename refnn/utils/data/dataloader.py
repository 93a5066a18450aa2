"""DataLoader: batches of a data set, in the order that torch draws (torch.utils.data.dataloader).

`iter(loader)` draws one seed from the loader's generator; torch hands it to worker processes, of which
there are none here, but the stream has to move on all the same. The sampler draws what it needs when the
first batch is asked for.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, TypeVar

import numpy as np

from refnn.random import Generator
from refnn.tensor import Tensor, wrap
from refnn.utils.data.collate import default_collate, default_convert
from refnn.utils.data.dataset import IterableDataset, TensorDataset
from refnn.utils.data.sampler import BatchSampler, RandomSampler, Sampler, SequentialSampler, draw_seed

__all__ = ["DataLoader", "default_collate", "default_convert", "get_worker_info"]

T_co = TypeVar("T_co", covariant=True)
_FIXED = frozenset(("batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers"))


def get_worker_info() -> None:
    """What a worker process knows about itself: None, since data is loaded in the process that asks."""


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
        num_workers: 0. Loading in other processes is not offered.
        collate_fn: makes a batch of a list of samples; default_collate.
        drop_last: leave out a last, shorter batch.
        generator: draws the order, and a seed at each pass.

    The other options concern worker processes and accelerators, and are checked as torch checks them.
    Raises ValueError for options that exclude each other.
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
        _check_workers(num_workers, timeout, prefetch_factor, persistent_workers, multiprocessing_context)
        self.dataset = dataset
        self.num_workers = num_workers
        self.prefetch_factor = prefetch_factor
        self.pin_memory = pin_memory
        self.pin_memory_device = pin_memory_device
        self.timeout = timeout
        self.worker_init_fn = worker_init_fn
        self.multiprocessing_context = multiprocessing_context
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
        return _Pass(self)

    def __len__(self) -> int:
        """The number of batches. Raises TypeError where the data set, or the sampler, has no length."""
        if not self._is_iterable:
            return len(self._index_sampler)
        samples = self._IterableDataset_len_called = len(self.dataset)
        if self.batch_size is None:
            return samples
        whole, rest = divmod(samples, self.batch_size)
        return whole if self.drop_last or not rest else whole + 1


def _check_workers(
    num_workers: int, timeout: float, prefetch_factor: int | None, persistent_workers: bool, context: Any
) -> None:
    if num_workers < 0:
        raise ValueError("num_workers option should be non-negative; use num_workers=0 to disable multiprocessing.")
    if num_workers > 0:
        raise ValueError(f"refnn loads data in the process that asks for it: num_workers must be 0, got {num_workers}")
    if timeout < 0:
        raise ValueError("timeout option should be non-negative")
    if prefetch_factor is not None:
        raise ValueError(
            "prefetch_factor option could only be specified in multiprocessing."
            "let num_workers > 0 to enable multiprocessing, otherwise set prefetch_factor to None."
        )
    if persistent_workers:
        raise ValueError("persistent_workers option needs num_workers > 0")
    if context is not None:
        raise ValueError(
            "multiprocessing_context can only be used with multi-process loading (num_workers > 0), but got "
            f"num_workers={num_workers}"
        )


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


def _rows(tensors: tuple[Any, ...], index: Any) -> list[Any] | None:
    """What collating the samples at `index` gives, by one `take` from each tensor: a tenth of the time.

    None where the tensors are part of a graph, where there are no indices, or they are not integers in range.
    """
    if not len(index) or any(type(t) is not Tensor or t.requires_grad for t in tensors):
        return None
    if not all(type(i) is int for i in index):
        return None
    try:
        return [wrap(np.take(t._data, index, axis=0)) for t in tensors]
    except IndexError:
        return None


class _Pass:
    """One pass over a loader's data. Named `_SingleProcessDataLoaderIter` in torch."""

    def __init__(self, loader: DataLoader[Any]) -> None:
        if loader.pin_memory:
            _warn_of_pinning(loader.pin_memory_device)
        self._loader = loader
        self._index_sampler = loader._index_sampler
        self._indices = iter(self._index_sampler)
        self._base_seed = draw_seed(loader.generator)
        self._num_yielded = 0
        if loader.timeout != 0:
            raise AssertionError("_SingleProcessDataLoaderIter requires timeout == 0")
        self._fetch = self._from_stream if loader._is_iterable else self._from_map
        self._stream = iter(loader.dataset) if loader._is_iterable else None
        self._has_ended = False

    def __iter__(self) -> _Pass:
        return self

    def __len__(self) -> int:
        return len(self._index_sampler)

    def __next__(self) -> Any:
        data = self._fetch(next(self._indices))
        self._num_yielded += 1
        promised = self._loader._IterableDataset_len_called
        if self._loader._is_iterable and promised is not None and self._num_yielded > promised:
            warnings.warn(
                f"Length of IterableDataset {self._loader.dataset} was reported to be {promised}"
                f"(when accessing len(dataloader)), but {self._num_yielded} samples have been fetched. ",
                stacklevel=2,
            )
        return data

    def _from_map(self, index: Any) -> Any:
        loader = self._loader
        if not loader._auto_collation:
            return loader.collate_fn(loader.dataset[index])
        if getattr(loader.dataset, "__getitems__", None):
            return loader.collate_fn(loader.dataset.__getitems__(index))
        if type(loader.dataset) is TensorDataset and loader.collate_fn is default_collate:
            batch = _rows(loader.dataset.tensors, index)
            if batch is not None:
                return batch
        return loader.collate_fn([loader.dataset[i] for i in index])

    def _from_stream(self, index: Any) -> Any:
        loader, stream = self._loader, self._stream
        assert stream is not None
        if self._has_ended:
            raise StopIteration
        if not loader._auto_collation:
            return loader.collate_fn(next(stream))
        samples = []
        for _ in index:
            try:
                samples.append(next(stream))
            except StopIteration:
                self._has_ended = True
                break
        if not samples or (loader.drop_last and len(samples) < len(index)):
            raise StopIteration
        return loader.collate_fn(samples)

    def __reduce__(self) -> Any:
        raise NotImplementedError("{} cannot be pickled", "_SingleProcessDataLoaderIter")


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
