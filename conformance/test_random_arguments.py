"""Arguments of random functions, seeds and states: the same results, warnings and errors as torch's."""

import struct
import warnings

import numpy as np
import pytest
import torch

import refnn

pytestmark = pytest.mark.filterwarnings("ignore:.*out of bounds")  # of some rows, in both libraries


def outcome(function):
    """What it returned, or the exception's type and text."""
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            result = function()
    except Exception as error:
        return type(error).__name__, str(error)
    said = [str(w.message).split(" (Triggered internally")[0] for w in caught]
    if isinstance(result, (refnn.Tensor, torch.Tensor)):
        node = type(result.grad_fn).__name__ if isinstance(result, torch.Tensor) else None
        node = node if node != "NoneType" else None
        if isinstance(result, refnn.Tensor) and result.grad_fn is not None:
            node = result.grad_fn.name()
        return tuple(result.shape), str(result.dtype), result.requires_grad, node, said
    return result, said


SEEDINGS = [1.5, "3", None, -1, 2**64 - 1, 2**64, -(2**63) - 1, True, np.int64(5), np.float64(5)]


@pytest.mark.parametrize("value", SEEDINGS, ids=repr)
def test_seeds_of_all_kinds(value):
    ours, theirs = refnn.Generator(), torch.Generator()
    assert outcome(lambda: ours.manual_seed(value).initial_seed()) == outcome(
        lambda: theirs.manual_seed(value).initial_seed()
    )
    assert outcome(lambda: refnn.manual_seed(value).initial_seed()) == outcome(
        lambda: torch.manual_seed(value).initial_seed()
    )


@pytest.mark.parametrize(
    "offset, form, value",
    [(8, "<i", 0), (8, "<i", -1), (8, "<i", 625), (12, "<i", 0), (16, "<q", 625)],
)
def test_invalid_states(offset, form, value):
    raw = bytearray(torch.Generator().get_state().numpy().tobytes())
    struct.pack_into(form, raw, offset, value)

    def load(t):
        return t.Generator().set_state(t.from_numpy(np.frombuffer(raw, np.uint8).copy())).initial_seed()

    assert outcome(lambda: load(refnn)) == outcome(lambda: load(torch))
    assert outcome(lambda: load(torch))[0] == "RuntimeError"


@pytest.mark.parametrize("make", ["t.zeros(10, dtype=t.uint8)", "t.zeros(5056)", "[1]"])
def test_states_of_the_wrong_kind(make):
    def load(t):
        return t.Generator().set_state(eval(make, {"t": t}))

    assert outcome(lambda: load(refnn)) == outcome(lambda: load(torch))


# Arguments: the same results, warnings and errors

CALLS = (
    """
t.rand()|t.rand(())|t.rand([2, 3])|t.rand(size=(2,))|t.rand(-1)|t.rand(2, -3)|t.rand("a")|t.rand(2.0)|t.rand((2.0,))
t.rand(2, dtype=t.int64)|t.rand(2, dtype=t.bool)|t.rand(2, generator=3)|t.rand(2, requires_grad=True)|t.rand(True)
t.rand(2, out=t.empty(5))|t.rand(2, out=t.empty(2), dtype=t.float64)|t.rand(2, foo=1)|t.rand(t.tensor(2), 3)
t.rand(2, pin_memory=True)|t.rand(3, out=t.empty(3, requires_grad=True))|t.rand(2, names=("a", "b"))
t.randn(2, dtype=t.int32)|t.randn(-2)|t.randn(3, requires_grad=True)
t.randint(5)|t.randint(5, 2)|t.randint(5, 3, (2,))|t.randint(0, (2,))|t.randint(1.5, (2,))|t.randint("a", (3,))
t.randint(low=1, high=3, size=(2,))|t.randint(high=3, size=(2,))|t.randint(0, 300, (2,), dtype=t.uint8)
t.randint(-1, 3, (2,), dtype=t.uint8)|t.randint(0, 10, (2,), dtype=t.bool)|t.randint(0, 2**63, (2,))
t.randint(0, 5000, (2,), dtype=t.float16)|t.randint(0, 70000, (2,), dtype=t.float16)|t.randint(0, 5, (-1,))
t.randint(5, (2,), requires_grad=True)|t.randint(5, (2,), dtype=t.float32, requires_grad=True)
t.randint(0, 5, 3)|t.randint(0, 5, size=3)|t.randint(5, 5, (0,))|t.randint(0, 5, (2,), dtype=t.complex64)
t.randint(5, (2,), generator=4)|t.randint(0, 5, (3,), dtype=t.uint64)|t.randint(t.tensor(5), (2,))
t.randperm()|t.randperm(-1)|t.randperm(5.0)|t.randperm("a")|t.randperm(300, dtype=t.uint8)|t.randperm(0)
t.randperm(3, dtype=t.bool)|t.randperm(3, dtype=t.complex64)|t.randperm(5, requires_grad=True)|t.randperm(n=3)
t.randperm(4, generator=4)|t.randperm(5, out=t.empty(2))
t.rand_like(3)|t.rand_like(t.ones(2).long())|t.rand_like(t.ones(2), requires_grad=True)|t.randn_like(t.ones(2).int())
t.rand_like(t.ones(2), generator=4)|t.randint_like(t.ones(2))|t.randint_like(t.ones(2), 5, 3)
t.randint_like(t.ones(2), 2, 5, 6)|t.randint_like(t.ones(2).bool(), 2)|t.randint_like(t.ones(2), low=1, high=3)
t.normal(0.0, -1.0, (2,))|t.normal(0.0, 1.0)|t.normal(t.ones(2), -1.0)|t.normal(t.ones(2), -t.ones(2))
t.normal(t.ones(2), t.ones(3))|t.normal(t.ones(2).long(), 1.0)|t.normal(t.ones(2), float("nan"))|t.normal(t.ones(2))
t.normal(t.ones(2), t.ones(2, dtype=t.complex64))|t.normal(t.ones(2, requires_grad=True), t.ones(2))
t.normal(t.ones(2, requires_grad=True), 1.0)|t.normal(1.0, t.ones(2, requires_grad=True))|t.normal(2, t.ones(3))
t.normal(t.ones(2).double(), t.ones(2))|t.normal(t.ones(2), t.ones(2).double())
t.normal(t.ones(2), 1.0, generator=4)|t.normal(0.0, 1.0, (2,), dtype=t.float64)
t.bernoulli(2 * t.ones(2))|t.bernoulli(t.ones(2).long())|t.bernoulli(t.ones(2), p=2.0)|t.bernoulli(3)
t.bernoulli(t.ones(2) * float("nan"))|t.bernoulli(t.ones(2), t.ones(2))|t.bernoulli(t.ones(2, requires_grad=True))
t.bernoulli(t.ones(2).long(), 0.5)|t.ones(2).bernoulli(0.3)|t.bernoulli(t.ones(2), generator=4)
t.bernoulli(t.ones(2), out=t.empty(3).bool())|t.ones(2, requires_grad=True).bernoulli(0.5)
t.ones(2).uniform_(1, 0)|t.ones(2).uniform_(0, 1e39)|t.ones(2).uniform_(-3e38, 3e38)|t.ones(2).long().uniform_()
t.ones(2).uniform_(float("nan"), 1)|t.ones(2, requires_grad=True).uniform_()|t.ones(1).expand(3).uniform_()
(t.ones(2, requires_grad=True) * 1).uniform_()|t.ones(2).uniform_(to=3)|t.ones(2).uniform_("a")|t.ones(0).uniform_(3, 1)
t.ones(2).uniform_(t.tensor(0.0), t.tensor(1.0))|t.ones(2).half().uniform_(0, 70000)|t.ones(2).uniform_(generator=3)
t.ones(2).normal_(0, -1)|t.ones(2).long().normal_()|(t.ones(2, requires_grad=True) * 1).normal_()
t.ones(0).normal_(0, -1)|t.ones(1).expand(30).normal_()|t.ones(2).normal_(mean=1, std=2)|t.ones(2).normal_(t.ones(2))
t.ones(0).long().normal_()
t.ones(2).bernoulli_(2)|t.ones(2).bernoulli_(t.ones(3))|t.ones(2).bernoulli_(t.ones(2, 2))|t.ones(2).bernoulli_(-0.1)
t.ones(2).bernoulli_(t.ones(2).long())|t.ones(1).expand(3).bernoulli_()|t.ones(2).bernoulli_(2 * t.ones(2))
(t.ones(2, requires_grad=True) * 1).bernoulli_()|(t.ones(2, requires_grad=True) * 1).bernoulli_(t.ones(2) / 2)
t.empty(2, dtype=t.uint16).bernoulli_()|t.empty(2, dtype=t.complex64).bernoulli_()|t.empty(3).bernoulli_("a")
t.ones(2).random_(5, 3)|t.ones(2).random_(0)|t.ones(2).random_(1.5)|t.ones(2).int().random_(-2**63, None)
t.ones(2).int().random_(0, 2**40)|t.empty(2, dtype=t.uint16).random_()|t.empty(2, dtype=t.uint64).random_(0, None)
(t.ones(2, requires_grad=True) * 1).random_()|(t.ones(2, requires_grad=True) * 1).random_(5)|t.ones(2).random_(to=3)
(t.ones(2, requires_grad=True) * 1).random_(3, 5)|t.ones(2).random_(2**25, None)|t.ones(2).half().random_(0, 70000)
t.empty(2, dtype=t.complex64).random_()|t.empty(2, dtype=t.complex64).random_(0, 5)|t.empty(2).int().random_(-2**40, 0)
t.ones(2).exponential_(0)|t.ones(2).long().exponential_()|t.ones(2).geometric_(1.0)|t.ones(2).bool().geometric_(0.5)
(t.ones(2, requires_grad=True) * 1).exponential_()|(t.ones(2, requires_grad=True) * 1).geometric_(0.5)
t.ones(2).log_normal_(0, 0)|t.ones(2).long().log_normal_()|(t.ones(2, requires_grad=True) * 1).log_normal_()
t.ones(2).cauchy_(0, 0)|t.ones(2).long().cauchy_()|(t.ones(2, requires_grad=True) * 1).cauchy_()
t.multinomial(t.ones(3), 4)|t.multinomial(t.ones(3), 4, True)|t.multinomial(t.ones(2, 3, 4), 2)|t.multinomial(3, 2)
t.multinomial(t.ones(3).long(), 2)|t.multinomial(-t.ones(3), 2)|t.multinomial(0 * t.ones(3), 2)
t.multinomial(t.ones(3), 0)|t.multinomial(t.ones(3), -1)|t.multinomial(t.ones(3) * float("inf"), 1)
t.multinomial(t.ones(0), 1)|t.multinomial(t.tensor(1.0), 1)|t.multinomial(t.ones(3), 2, out=t.empty(3))
t.multinomial(t.ones(3), 1.5)|t.multinomial(t.ones(3), 2, replacement=1)|t.multinomial(t.ones(3), 2, generator=2)
t.multinomial(t.ones(0, 3), 2, True)|t.multinomial(t.ones(2, 3), 2, True)|t.multinomial(t.ones(2, 0), 1, True)
t.multinomial(t.tensor([1.0, -1.0]), 2, True)|t.multinomial(t.tensor([1.0, float("inf")]), 2, True)
t.multinomial(t.tensor([1.0, float("nan")]), 2, True)|t.multinomial(t.tensor([float("inf"), -1.0]), 1, True)
t.multinomial(t.ones(2, 0), 2, True)|t.multinomial(t.ones(2, 0), 1)|t.multinomial(t.ones(2**24 + 1), 1)
t.ones(3).multinomial(2)|t.ones(3).multinomial(4)|t.multinomial(t.zeros(2), 2, True)
t.rand(3, out=t.empty(1).expand(3))|t.randn(3, out=t.empty(1).expand(3))|t.randint(3, (3,), out=t.empty(1).expand(3))
t.bernoulli(t.ones(3), out=t.empty(1).expand(3))|t.bernoulli(t.ones(3), out=t.empty(3, dtype=t.uint16))
t.rand(3, out=t.empty(3).long())|t.randint(300, (3,), out=t.empty(3, dtype=t.uint8))|t.rand(3, out=3)
t.ones(1).expand(3).exponential_()|t.ones(1).expand(3).geometric_(0.5)|t.ones(1).expand(3).random_()
t.randint_like(t.ones(3), t.tensor(5))|t.randint_like(t.ones(3), 0, t.tensor(5))|t.randint_like(3, 5)
t.ones(3).bernoulli_(True)|t.ones(3).bernoulli_(1j)|t.ones(3).uniform_(True, 2)|t.ones(3).uniform_(1j, 2)
t.ones(3).geometric_(True)|t.ones(3).geometric_(0)|t.ones(3).geometric_("a")|t.ones(3).geometric_(float("nan"))
t.ones(3).exponential_(-1)|t.ones(3).exponential_(float("nan"))|t.ones(3).exponential_(float("inf"))
t.ones(3).cauchy_(0, -1)|t.ones(3).log_normal_(0, -1)|t.ones(3).normal_(0, float("nan"))|t.ones(3).uniform_(3)
t.poisson(t.ones(3))|t.poisson(t.ones(3, requires_grad=True))|t.poisson(-t.ones(3))|t.poisson(t.tensor(float("nan")))
t.poisson(t.ones(3).long())|t.poisson(3)|t.poisson(t.ones(3), generator=3)|t.poisson(t.ones(3), t.Generator())
t.poisson(t.ones(3, dtype=t.complex64))|t.poisson(t.zeros(0).long())|t.poisson(t.zeros(0))|t.poisson(t.ones(3).bool())
t.rrelu(t.ones(3).long())|t.rrelu(t.ones(3).long(), training=True)|t.rrelu(t.ones(3, dtype=t.complex64))
t.rrelu(t.ones(3), 0.5, 0.2)|t.rrelu(t.ones(3), 0.5, 0.2, True)|t.rrelu(3)|t.rrelu(t.ones(3), "a")
t.rrelu(t.ones(3), 0.1, "a")|t.rrelu(t.ones(3), 0.1, 0.2, 3)|t.rrelu(t.ones(3), generator=3)
t.rrelu(t.ones(3), float("nan"), 0.2)|t.rrelu(t.ones(3), 0, float("inf"))|t.rrelu(t.ones(3), float("-inf"), 0)
t.rrelu(-t.ones(3), 0.1, 1e39, True)|t.rrelu(-t.ones(3), 0.1, 1e39)|t.rrelu(t.ones(3).half(), training=True)
t.rrelu(t.ones(3).half())|t.rrelu(t.zeros(0), training=True)|t.rrelu_(t.ones(3).long())|t.rrelu(t.ones(3).bool())
t.rrelu_(t.ones(3, requires_grad=True))|t.rrelu_(t.ones(3, requires_grad=True), training=True)
t.rrelu(t.ones(3, requires_grad=True))|t.rrelu(t.ones(3, requires_grad=True), training=True)
t.rrelu_(t.ones(3, requires_grad=True) * 1)|t.rrelu_(t.ones(3, requires_grad=True) * 1, training=True)
t.rrelu_(t.ones(1).expand(3), training=True)|t.rrelu_(t.ones(1).expand(3))
t.rrelu(t.ones(3), t.tensor(0.1), t.tensor(0.2))
t.nn.functional.rrelu([1.0])|t.nn.functional.rrelu(t.ones(3), training=1)|t.nn.RReLU(0.5, 0.2)(t.ones(3))
t.native_dropout(t.ones(3), 0.5, True)[1]|t.native_dropout(t.ones(3, requires_grad=True), 0.5, True)[0]
t.native_dropout(t.ones(3), 1.5, True)|t.native_dropout(t.ones(3).long(), 0.5, True)|t.native_dropout(3, 0.5, True)
t.native_dropout(t.ones(3), "a", True)|t.native_dropout(t.ones(3), 0.5, 2)|t.native_dropout(t.ones(0), 0.5, True)[1]
t.native_dropout(t.ones(3).long(), 0.5, False)[0]|t.native_dropout(t.ones(3, dtype=t.complex64), 0.5, True)[0]
t.native_dropout(t.ones(3), 0.5, None)[0]|t.native_dropout(t.ones(3), -0.5, True)
t.nn.functional.gumbel_softmax(t.ones(3, requires_grad=True))|t.nn.functional.gumbel_softmax(t.ones(3), eps=1e-5)
t.nn.functional.gumbel_softmax(t.ones(3, requires_grad=True), hard=True)|t.nn.functional.gumbel_softmax(3)
t.nn.functional.gumbel_softmax(t.ones(3), dim=4)|t.nn.functional.gumbel_softmax(t.ones(3).long())
t.nn.functional.gumbel_softmax(t.ones(3), dim=None)|t.nn.functional.gumbel_softmax(t.ones(0), hard=True)
t.nn.functional.gumbel_softmax(t.ones(3), tau="a")|t.nn.functional.gumbel_softmax(t.tensor(1.0), hard=True)
t.nn.functional.gumbel_softmax(t.ones(3).half())|t.nn.functional.gumbel_softmax(t.ones(3, 2).t(), hard=True)
t.Generator("meta")|t.Generator("foo")|str(t.Generator(t.device("cpu")).device)
t.manual_seed()|t.Generator().set_offset(3)|t.Generator().get_offset()
t.Generator().graphsafe_get_state()|t.Generator().graphsafe_set_state(t.Generator())|t.Generator().set_offset("a")
t.Generator() == t.Generator()|t.set_rng_state(3)|t.set_rng_state(t.ones(3))
t.set_rng_state(t.ones(3, dtype=t.uint8))|t.random.thread_safe_generator()|t.random.fork_rng([0]).__enter__()
t.random.fork_rng(device_type="meta").__enter__()|t.random.fork_rng(enabled=False).__enter__()
""".strip()
    .replace("\n", "|")
    .split("|")
)


@pytest.mark.parametrize("row", CALLS)
def test_arguments(row):
    code = compile(row, row, "eval")
    assert outcome(lambda: eval(code, {"t": refnn})) == outcome(lambda: eval(code, {"t": torch}))


def test_bernoulli_with_p_has_no_derivative():
    def run(t):
        t.ones(2, requires_grad=True).bernoulli(0.5).sum().backward()

    assert outcome(lambda: run(refnn)) == outcome(lambda: run(torch))
    assert outcome(lambda: run(torch))[0] == "RuntimeError"
