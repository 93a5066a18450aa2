"""Data sets, samplers and loaders: the same batches in the same order, and the same complaints, as torch's.

Rows are expressions in `t`, the library, and `d`, its utils.data.
"""

import collections
import importlib
import random
import re
import warnings

import numpy as np
import pytest
import torch

import refnn
import refnn.utils.data

Point = collections.namedtuple("Point", "x y")
LIBRARIES = {lib: importlib.import_module(f"{lib.__name__}.utils.data") for lib in (refnn, torch)}


def plain(value):
    """Tensors as (dtype, values), containers as themselves, everything else as it is."""
    if isinstance(value, (refnn.Tensor, torch.Tensor)):
        return str(value.dtype), value.tolist()
    if isinstance(value, dict):
        return type(value).__name__, {k: plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value).__name__, [plain(v) for v in value]
    return value


def outcome(function, lib):
    """What it returned, how it warned, and where it left the stream; or the exception's type and text."""
    lib.manual_seed(0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = plain(function(lib, LIBRARIES[lib]))
        except Exception as error:
            text = str(error).replace("refnn.", "torch.")
            return type(error).__name__, text, lib.rand(1).item()
    return result, [str(w.message) for w in caught], lib.rand(1).item()


def same(function):
    ours, theirs = outcome(function, refnn), outcome(function, torch)
    assert ours == theirs
    return theirs


def numbers(d):
    class Squares(d.Dataset):
        def __getitem__(self, i):
            return i * i

        def __len__(self):
            return 11

    return Squares()


def stream(d, n=11, length=None):
    class Counting(d.IterableDataset):
        def __iter__(self):
            return iter(range(n))

        def __repr__(self):
            return "Counting"

    class Sized(Counting):
        def __len__(self):
            return length

    return (Counting if length is None else Sized)()


def together(d):
    class Together(d.Dataset):
        def __getitem__(self, i):
            raise AssertionError("fetched one by one")

        def __getitems__(self, indices):
            return [i + 0.5 for i in indices]

        def __len__(self):
            return 7

    return Together()


def noisy(t, d):
    """Draws of all generators, and what a worker knows of itself."""

    class Noisy(d.Dataset):
        asked = 0

        def __len__(self):
            return 7

        def __getitem__(self, i):
            self.asked += 1
            me = d.get_worker_info()
            told = (me.id, me.num_workers, me.seed, me.dataset.asked) if me else ()
            return i, t.rand(2), random.random(), np.random.rand(), t.initial_seed(), told

    return Noisy()


def shares(d):
    """A stream of which each worker has a part."""

    class Shares(d.IterableDataset):
        def __iter__(self):
            me = d.get_worker_info()
            return iter(range(9) if me is None else range(9)[me.id :: me.num_workers + 1])

    return Shares()


class Batches:
    """A sampler that draws when it is asked for an iterator."""

    def __init__(self, t):
        self.t = t

    def __iter__(self):
        return iter(self.t.randperm(6).reshape(3, 2).tolist())

    def __len__(self):
        return 3


LOADERS = """
d.DataLoader(numbers(d))
d.DataLoader(numbers(d), 3)
d.DataLoader(numbers(d), 3, True)
d.DataLoader(numbers(d), 3, True, drop_last=True)
d.DataLoader(numbers(d), 4, shuffle=True, generator=t.Generator().manual_seed(5))
d.DataLoader(numbers(d), None)
d.DataLoader(numbers(d), None, shuffle=True)
d.DataLoader(numbers(d), 20)
d.DataLoader(numbers(d), 20, drop_last=True)
d.DataLoader(numbers(d), 4, sampler=[3, 1, 4, 1, 5])
d.DataLoader(numbers(d), batch_sampler=[[3, 1], [4], [1, 5, 9]])
d.DataLoader(numbers(d), 4, sampler=d.RandomSampler(numbers(d), True, 9))
d.DataLoader(numbers(d), 4, sampler=d.RandomSampler(numbers(d), True, 70, t.Generator().manual_seed(3)))
d.DataLoader(numbers(d), 4, sampler=d.RandomSampler(numbers(d), num_samples=27))
d.DataLoader(numbers(d), 4, sampler=d.SubsetRandomSampler([9, 2, 5, 7]))
d.DataLoader(numbers(d), 4, sampler=d.WeightedRandomSampler([0.1, 0.9, 0.4, 3.0], 9))
d.DataLoader(numbers(d), 4, sampler=d.WeightedRandomSampler([0.1, 0.9, 0.4, 3.0], 3, False))
d.DataLoader(numbers(d), 4, sampler=d.SequentialSampler(range(6)))
d.DataLoader(numbers(d), batch_sampler=d.BatchSampler(d.RandomSampler(range(11)), 4, True))
d.DataLoader(numbers(d), 3, collate_fn=sum)
d.DataLoader(numbers(d), None, collate_fn=str)
d.DataLoader(stream(d), 3)
d.DataLoader(stream(d), 3, drop_last=True)
d.DataLoader(stream(d), None)
d.DataLoader(stream(d, 0), 3)
d.DataLoader(stream(d), 3, shuffle=False)
d.DataLoader(d.ChainDataset([stream(d, 3), stream(d, 4)]), 5)
d.DataLoader(stream(d, 3) + stream(d, 2), 4)
d.DataLoader(together(d), 3, True)
d.DataLoader(d.Subset(together(d), [4, 1, 6, 2]), 3)
d.DataLoader(d.Subset(numbers(d), [4, 1, 6, 2]), 3)
d.DataLoader(d.TensorDataset(t.arange(12.0).reshape(6, 2), t.arange(6)), 4, True)
d.DataLoader(d.TensorDataset(t.arange(6)), 4, True)
d.DataLoader(d.TensorDataset(t.arange(12).reshape(6, 2).t(), t.arange(2.0)), 4, sampler=[-1, 0, 1])
d.DataLoader(d.TensorDataset(t.arange(12).reshape(6, 2)), 2, sampler=[slice(1, 3), slice(2, 4), slice(0, 2)])
d.DataLoader(d.TensorDataset(t.arange(12.0, requires_grad=True)), 5)
d.DataLoader(d.TensorDataset(t.arange(3)), None, True)
d.DataLoader(d.StackDataset(numbers(d), numbers(d)), 4)
d.DataLoader(d.StackDataset(a=numbers(d), b=d.Subset(numbers(d), range(11))), 4)
d.DataLoader(d.ConcatDataset([numbers(d), together(d), numbers(d)]).datasets[1], 5)
d.DataLoader(numbers(d) + numbers(d), 9, shuffle=True)
d.DataLoader([np.arange(2), np.arange(2, 4), np.arange(4, 6)], 2)
d.DataLoader([1.5, 2.5, 3.5], 2)
d.DataLoader(["a", "b", "c"], 2)
d.DataLoader(numbers(d), 2, pin_memory=True)
d.DataLoader(numbers(d), 2, pin_memory=True, pin_memory_device="cuda")
d.DataLoader(numbers(d), 2, timeout=3)
d.DataLoader(numbers(d), 2, in_order=False, worker_init_fn=print)
d.DataLoader(noisy(t, d), 3, num_workers=2)
d.DataLoader(noisy(t, d), 3, True, num_workers=1, drop_last=True, timeout=60, multiprocessing_context="fork")
d.DataLoader(noisy(t, d), 2, True, num_workers=2, persistent_workers=True, generator=t.Generator().manual_seed(3))
d.DataLoader(noisy(t, d), 2, num_workers=2, prefetch_factor=1, worker_init_fn=t.manual_seed)
d.DataLoader(noisy(t, d), batch_sampler=Batches(t), num_workers=2)
d.DataLoader(noisy(t, d), None, num_workers=2)
d.DataLoader(stream(d), 2, num_workers=2)
d.DataLoader(shares(d), 2, num_workers=2, drop_last=True)
d.DataLoader(shares(d), num_workers=2)
""".strip().split("\n")
NAMES = {
    "np": np, "numbers": numbers, "stream": stream, "together": together, "Point": Point, "noisy": noisy,
    "shares": shares, "Batches": Batches,
}  # fmt: skip


def evaluate(row):
    return lambda t, d: eval(row, {"t": t, "d": d, "collections": collections, **NAMES})


@pytest.mark.parametrize("row", LOADERS)
def test_two_epochs(row):
    def run(t, d):
        loader = evaluate(row)(t, d)
        epochs = [list(loader), list(loader)]
        half = iter(loader)
        next(half, None)  # abandoned in the middle
        return [*epochs, list(half)]

    same(run)


@pytest.mark.parametrize("row", [row for row in LOADERS if not re.search("stream|Chain|shares", row)])
def test_lengths(row):
    same(lambda t, d: [len(evaluate(row)(t, d))])


@pytest.mark.parametrize("batch", [3, None])
@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("length", [10, 11, 12, None])
def test_streams_of_some_length(length, batch, drop_last):
    def run(t, d):
        loader = d.DataLoader(stream(d, 11, length), batch, drop_last=drop_last)
        return [len(loader), list(loader)]

    same(run)


BAD = """
d.DataLoader(numbers(d), -1)
d.DataLoader(numbers(d), 2.5)
d.DataLoader(numbers(d), True)
d.DataLoader(numbers(d), 2, drop_last=1)
d.DataLoader(numbers(d), None, drop_last=True)
d.DataLoader(numbers(d), 2, True, [1, 2])
d.DataLoader(numbers(d), 2, batch_sampler=[[1]])
d.DataLoader(numbers(d), batch_sampler=[[1]], shuffle=True)
d.DataLoader(numbers(d), batch_sampler=[[1]], drop_last=True)
d.DataLoader(numbers(d), num_workers=-1)
d.DataLoader(numbers(d), num_workers=1, prefetch_factor=-1)
d.DataLoader(numbers(d), num_workers=1, timeout=-1)
d.DataLoader(numbers(d), num_workers=1, multiprocessing_context="thread")
d.DataLoader(numbers(d), num_workers=1, multiprocessing_context=3)
d.DataLoader(numbers(d), timeout=-1)
d.DataLoader(numbers(d), prefetch_factor=2)
d.DataLoader(numbers(d), persistent_workers=True)
d.DataLoader(numbers(d), multiprocessing_context="fork")
d.DataLoader(stream(d), shuffle=True)
d.DataLoader(stream(d), sampler=[1])
d.DataLoader(stream(d), batch_sampler=[[1]])
d.DataLoader([], shuffle=True)
len(d.DataLoader(stream(d), 3))
len(d.DataLoader(numbers(d), sampler=iter([1])))
setattr(d.DataLoader(numbers(d)), "batch_size", 3)
setattr(d.DataLoader(numbers(d)), "dataset", 3)
list(d.DataLoader([[1, 2], [3]], 2))
list(d.DataLoader([object(), object()], 2))
list(d.DataLoader(d.TensorDataset(t.ones(3)), batch_sampler=[[]]))
list(d.DataLoader([t.zeros(2), t.zeros(3)], 2))
list(d.DataLoader(d.TensorDataset(t.arange(3)), 2, sampler=[1, 3]))
list(d.DataLoader([np.array(["a"]), np.array(["b"])], 2))
d.Dataset()[0]
list(d.Sampler())
d.TensorDataset(t.zeros(2), t.zeros(3))
d.StackDataset()
d.StackDataset([1], [1, 2])
d.StackDataset(a=[1], b=[1, 2])
d.StackDataset([1], b=[1])
d.ConcatDataset([])
d.ConcatDataset([stream(d)])
d.ConcatDataset([[1, 2]])[-3]
d.ConcatDataset([[1, 2]])[2]
list(d.ChainDataset([[1]]))
len(d.ChainDataset([[1]]))
type("S", (d.Subset,), {"__getitem__": lambda s, i: 0})([1, 2], [0])
d.RandomSampler([1], replacement=1)
d.RandomSampler([1], num_samples=0)
d.RandomSampler([1], num_samples=1.5)
d.RandomSampler([])
d.WeightedRandomSampler([1.0], 0)
d.WeightedRandomSampler([1.0], True)
d.WeightedRandomSampler([1.0], 1, replacement=1)
d.WeightedRandomSampler([[1.0]], 1)
d.BatchSampler([1], 0, False)
d.BatchSampler([1], True, False)
d.BatchSampler([1], 1, 1)
d.random_split(range(5), [2, 2])
d.random_split(range(5), [0.5, 0.6])
d.random_split(range(5), [-0.5, 1.5])
d.random_split(range(2), [0.3, 0.3, 0.4])
""".strip().split("\n")


@pytest.mark.parametrize("row", BAD)
def test_complaints(row):
    def run(t, d):
        evaluate(row)(t, d)
        return None

    said = same(run)
    assert isinstance(said[0], str) or said[1], "torch did not complain"


VALUES = """
[s.indices for s in d.random_split(range(10), [3, 7])]
[s.indices for s in d.random_split(range(30), [0.3, 0.3, 0.4], t.Generator().manual_seed(42))]
[s.indices for s in d.random_split(range(11), [0.5, 0.5])]
[d.ConcatDataset([[1, 2], [3], [4, 5]])[i] for i in (-5, -1, 0, 2, 4)]
d.ConcatDataset([[1, 2], [3], [4, 5]]).cumulative_sizes
[len(x) for x in (d.Subset(range(9), [1, 2]), d.StackDataset([1, 2], [3, 4]), d.TensorDataset(t.zeros(3)))]
d.Subset(np.arange(9), [5, 6, 7])[[0, 2]].tolist()
d.TensorDataset(t.arange(6.0), t.arange(6))[2:4]
d.StackDataset([1, 2], [3, 4])[1]
d.StackDataset(a=[1, 2], b=[3, 4])[1]
d.StackDataset(a=[1, 2], b=[3, 4]).__getitems__([1, 0])
d.get_worker_info()
d.default_collate([1, 2])
d.default_collate([True, False])
d.default_collate([1.5, 2])
d.default_collate([t.ones(2), t.zeros(2)])
d.default_collate([np.float32(1), np.float32(2)])
d.default_collate([np.int16(1), np.int16(2)])
d.default_collate([np.ones(2), np.zeros(2)])
d.default_collate([np.array(1.5), np.array(2.5)])
d.default_collate(["a", "b"])
d.default_collate([b"a", b"b"])
d.default_collate([(1, 2.0), (3, 4.0)])
d.default_collate([[1, 2.0], [3, 4.0]])
d.default_collate([{"a": 1, "b": [1.0]}, {"a": 2, "b": [2.0]}])
d.default_collate([collections.OrderedDict(a=1), collections.OrderedDict(a=2)])
d.default_collate([collections.ChainMap({"a": 1}), collections.ChainMap({"a": 2})])["a"]
d.default_collate([Point(1, 2.0), Point(3, 4.0)])
d.default_collate([collections.UserList([1, 2]), collections.UserList([3, 4])])[1]
d.default_collate([range(2), range(2, 4)])
d.default_collate([[{"x": (1, "s")}], [{"x": (2, "t")}]])
d.default_convert(0)
d.default_convert("s")
d.default_convert(np.array([0, 1]))
d.default_convert(np.float64(2.5))
d.default_convert(np.array(["a"])).tolist()
d.default_convert(np.str_("a"))
d.default_convert(Point(np.array(0), 1))
d.default_convert((np.array(0), 1))
d.default_convert([np.array([0, 1]), {"a": np.array([2.0])}])
d.default_convert(collections.UserList([np.array(1)]))[0]
d.default_convert(range(3))
""".strip().split("\n")


@pytest.mark.parametrize("row", VALUES)
def test_values(row):
    result = same(evaluate(row))
    assert not isinstance(result[0], str) or result[0] in ("s", "a"), result


def test_where_the_stream_moves():
    """iter draws the base seed, the first next the sampler's; the user's generator is drawn from once more."""

    def run(t, d):
        seen = []
        for generator in (None, t.Generator().manual_seed(9)):
            watched = t.default_generator if generator is None else generator
            loader = d.DataLoader(range(10), 4, True, generator=generator)
            it = iter(loader)
            seen.append(watched.get_state().tolist())
            for _ in range(4):
                next(it, None)
                seen.append(watched.get_state().tolist())
        return seen

    same(run)


def test_a_table_of_collate_functions_can_be_extended():
    def run(t, d):
        collate = importlib.import_module(
            "torch.utils.data._utils.collate" if t is torch else "refnn.utils.data.collate"
        )
        table = {t.Tensor: lambda batch, *, collate_fn_map: t.cat(batch), str: lambda b, **_: "".join(b)}
        return [
            collate.collate([t.ones(1), t.zeros(2)], collate_fn_map=table),
            collate.collate([("a", t.ones(1)), ("b", t.ones(1))], collate_fn_map=table),
        ]

    same(run)


def test_signatures():
    import inspect

    for name in refnn.utils.data.__all__:
        ours, theirs = getattr(refnn.utils.data, name), getattr(torch.utils.data, name)
        expected = list(inspect.signature(theirs).parameters.values())
        found = list(inspect.signature(ours).parameters.values())
        assert [p.name for p in found] == [p.name for p in expected], name
        assert [p.kind for p in found] == [p.kind for p in expected], name
        if name != "random_split":  # whose default is each library's own generator
            assert [p.default for p in found] == [p.default for p in expected], name
