"""Random tensors without torch: what torch drew, generators, and tensors that are filled in place."""

import copy
import hashlib
import json
import pickle
from pathlib import Path

import numpy as np
import pytest

import refnn

FILE = Path(__file__).parent / "data" / "random_streams.json"  # made by conformance/random_reference.py
STORED = json.loads(FILE.read_text())


@pytest.mark.filterwarnings("ignore:.*out of bounds")
@pytest.mark.parametrize("row", STORED)
def test_torch_drew_the_same(row):
    for entry in STORED[row]:
        refnn.manual_seed(entry["seed"])
        generator = refnn.Generator().manual_seed(entry["seed"])
        drawn = eval(row, {"t": refnn, "g": generator, "n": entry["n"]}).contiguous()
        assert str(drawn.dtype) == entry["dtype"]
        assert [str(value) for value in drawn.flatten()[:3].tolist()] == entry["first"]
        assert hashlib.sha256(drawn.numpy().tobytes()).hexdigest() == entry["sha256"]
        assert hashlib.sha256(generator.get_state().numpy().tobytes()).hexdigest() == entry["state"]


def test_the_reference_is_there():
    assert sum(map(len, STORED.values())) > 300


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda g: pickle.loads(pickle.dumps(g))])
def test_copies_of_a_generator_are_independent(duplicate):
    g = refnn.Generator().manual_seed(2)
    twin = duplicate(g)
    first = refnn.rand(5, generator=g).tolist()
    assert refnn.rand(5, generator=twin).tolist() == first
    assert g.clone_state().get_state().equal(g.get_state())


def test_fork_rng_puts_the_stream_back():
    def fail():
        refnn.rand(1000)
        raise KeyError

    refnn.manual_seed(0)
    with pytest.raises(KeyError), refnn.random.fork_rng():
        fail()
    after = refnn.rand(3).tolist()
    refnn.manual_seed(0)
    assert refnn.rand(3).tolist() == after
    with refnn.random.fork_rng(enabled=False):
        moved = refnn.rand(3).tolist()
    refnn.manual_seed(0)
    refnn.rand(3)
    assert refnn.rand(3).tolist() == moved
    with pytest.raises(AssertionError, match="not compiled with CUDA"), refnn.random.fork_rng(devices=[0]):
        pass


FILLS = ["uniform_()", "normal_()", "random_(5)", "bernoulli_(0.5)", "exponential_()", "geometric_(0.5)", "cauchy_()"]


@pytest.mark.parametrize("fill", FILLS)
def test_a_fill_counts_as_a_write(fill):
    x = refnn.zeros(3)
    view = x[1:]
    eval(f"view.{fill}", {"view": view})
    assert (x._version, view._version) == (1, 1)
    saved = refnn.ones(3, requires_grad=True) * x
    eval(f"x.{fill}", {"x": x})
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        saved.sum().backward()


@pytest.mark.parametrize("fill", FILLS)
def test_checks_draw_nothing(fill):
    leaf = refnn.ones(3, requires_grad=True)
    refnn.manual_seed(0)
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
        eval(f"x.{fill}", {"x": leaf})
    with refnn.no_grad():
        eval(f"x.{fill}", {"x": leaf})  # allowed
    drawn = leaf.tolist()
    refnn.manual_seed(0)
    assert eval(f"x.{fill}", {"x": refnn.ones(3)}).tolist() == drawn


def test_fills_follow_memory():
    refnn.manual_seed(1)
    straight = refnn.empty(3, 4).uniform_()
    refnn.manual_seed(1)
    assert refnn.empty(3, 4).t().uniform_().t().equal(straight)
    refnn.manual_seed(1)
    images = refnn.empty(2, 3, 4, 5).contiguous(memory_format=refnn.channels_last).uniform_()
    refnn.manual_seed(1)
    assert images.permute(0, 2, 3, 1).equal(refnn.empty(2, 4, 5, 3).uniform_())


def test_out_is_filled_where_it_lies():
    refnn.manual_seed(0)
    expected = refnn.rand(2, 3)
    refnn.manual_seed(0)
    memory = refnn.zeros(2, 6)
    out = memory[:, ::2]
    assert refnn.rand(2, 3, out=out) is out
    assert memory[:, ::2].equal(expected)
    assert memory[:, 1::2].sum() == 0


@pytest.mark.parametrize("dtype", [refnn.float16, refnn.float32, refnn.float64, refnn.complex64])
def test_dtypes_are_kept(dtype):
    for make in (refnn.rand, refnn.randn):
        assert make(20, dtype=dtype).dtype is dtype
        assert make(3, dtype=dtype).dtype is dtype
    like = refnn.zeros(20, dtype=dtype)
    assert refnn.rand_like(like).dtype is refnn.randn_like(like).dtype is dtype
    assert refnn.rand_like(like, dtype=refnn.float64, requires_grad=True).requires_grad


def test_an_array_of_random_numbers_owns_its_memory():
    x = refnn.rand(4)
    before = x.clone()
    refnn.rand(4).zero_()
    np.asarray(x)  # no copy is made
    assert x.equal(before)
