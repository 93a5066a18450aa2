"""Data sets, samplers and loaders without torch."""

import itertools
import random

import numpy as np
import pytest

import refnn
from refnn.utils import data
from refnn.utils.data import _fetch

# Orders that torch 2.13 gave after torch.manual_seed(0):
#     [b.tolist() for b in DataLoader(range(10), 4, shuffle=True)], twice;
#     list(RandomSampler(range(6), True, 8)); [s.indices for s in random_split(range(7), [3, 4])]
TWO_EPOCHS = [
    [[6, 7, 1, 4], [2, 0, 9, 8], [3, 5]],
    [[2, 4, 7, 0], [8, 9, 5, 3], [6, 1]],
]
WITH_REPLACEMENT = [0, 2, 2, 3, 3, 5, 3, 0]
SPLIT = [[4, 0, 5], [3, 2, 6, 1]]


def batches(loader):
    return [batch.tolist() for batch in loader]


def test_shuffling_is_torchs():
    refnn.manual_seed(0)
    loader = data.DataLoader(range(10), 4, shuffle=True)
    assert [batches(loader), batches(loader)] == TWO_EPOCHS


def test_replacement_is_torchs():
    refnn.manual_seed(0)
    assert list(data.RandomSampler(range(6), True, 8)) == WITH_REPLACEMENT


def test_random_split_is_torchs():
    refnn.manual_seed(0)
    assert [subset.indices for subset in data.random_split(range(7), [3, 4])] == SPLIT


class Draws(data.Dataset):
    """What each generator draws where a sample is asked for, and who asks."""

    def __len__(self):
        return 6

    def __getitem__(self, i):
        return refnn.rand(1).item(), random.random(), np.random.rand(), data.get_worker_info().id


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_workers_take_turns(workers):
    loader = data.DataLoader(Draws(), num_workers=workers)
    assert [batch[3].item() for batch in loader] == [i % workers for i in range(6)]
    assert data.get_worker_info() is None


def test_workers_have_streams_of_their_own():
    """No two draw alike, and who has other workers' streams beside him goes on as if they were not there."""
    refnn.manual_seed(0)
    random.seed(0)
    np.random.seed(0)
    samples = list(data.DataLoader(Draws(), num_workers=3))
    assert all(len({sample[k].item() for sample in samples}) == 6 for k in range(3))
    found = refnn.rand(1).item(), random.random(), np.random.rand()
    refnn.manual_seed(0)
    random.seed(0)
    np.random.seed(0)
    refnn.empty((), dtype=refnn.int64).random_()  # the loader's seed
    assert found == (refnn.rand(1).item(), random.random(), np.random.rand())


def test_what_fails_in_a_worker_leaves_the_streams_as_they_were():
    random.seed(0)
    before = random.getstate()
    with pytest.raises(TypeError):
        list(data.DataLoader([object()], num_workers=1))
    assert random.getstate() == before
    assert data.get_worker_info() is None


def test_a_pass_draws_its_seed_at_once_and_its_order_later():
    g = refnn.Generator().manual_seed(0)
    loader = data.DataLoader(range(5), shuffle=True, generator=g)
    states = [g.get_state()]
    it = iter(loader)
    states.append(g.get_state())
    for _ in range(3):
        next(it)
        states.append(g.get_state())
    moved = [not a.equal(b) for a, b in itertools.pairwise(states)]
    assert moved == [True, True, False, False]


@pytest.mark.parametrize("n", [1, 7, 8])
@pytest.mark.parametrize("size", [1, 3, 8])
@pytest.mark.parametrize("drop_last", [False, True])
def test_batches_cover_the_data(n, size, drop_last):
    loader = data.DataLoader(range(n), size, drop_last=drop_last)
    got = batches(loader)
    assert len(got) == len(loader)
    expected = list(range(n - n % size if drop_last else n))
    assert list(itertools.chain(*got)) == expected
    assert all(len(batch) == size for batch in got[:-1])


def tensors():
    x = refnn.arange(24.0).reshape(6, 2, 2)
    return x, refnn.arange(12).reshape(2, 6).t(), refnn.arange(6, dtype=refnn.int32)


@pytest.mark.parametrize("order", [[0, 1, 2], [5, 5, -1, -6]], ids=str)
def test_rows_at_once_are_the_collated_samples(order):
    dataset = data.TensorDataset(*tensors())
    at_once = _fetch._rows(dataset.tensors, order)
    one_by_one = data.default_collate([dataset[i] for i in order])
    for a, b in zip(at_once, one_by_one, strict=True):
        assert a.equal(b)
        assert a.dtype is b.dtype
        assert a._version == 0


@pytest.mark.parametrize("order", [[], [0, 6], [True], [slice(0, 1)], [refnn.tensor(1)]], ids=str)
def test_rows_at_once_leave_other_indices_alone(order):
    assert _fetch._rows(tensors(), order) is None


def test_rows_at_once_leave_graphs_alone():
    x = refnn.ones(3, requires_grad=True)
    assert _fetch._rows((x,), [0, 1]) is None
    (batch,) = next(iter(data.DataLoader(data.TensorDataset(x), 2)))
    batch.sum().backward()
    assert x.grad.tolist() == [1.0, 1.0, 0.0]


def test_a_batch_is_a_copy():
    x = refnn.zeros(4)
    (batch,) = next(iter(data.DataLoader(data.TensorDataset(x), 4)))
    batch.fill_(1)
    assert x.sum() == 0


def test_an_iterator_cannot_be_pickled():
    import pickle

    with pytest.raises(NotImplementedError):
        pickle.dumps(iter(data.DataLoader(range(3))))
