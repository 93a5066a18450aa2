"""What is expected of optimizers around a step: shapes, memory, dtypes, state, hooks."""

import copy
import itertools
import math
import pickle

import numpy as np
import pytest

import refnn
from refnn.nn.parameter import Parameter
from refnn.optim import _arrays, _batches

MAKERS = {
    "SGD": lambda p: refnn.optim.SGD(p, 0.1, 0.9, weight_decay=0.1, nesterov=True),
    "Adam": lambda p: refnn.optim.Adam(p, 0.1, amsgrad=True, weight_decay=0.1),
    "AdamW": lambda p: refnn.optim.AdamW(p, 0.1, (0.3, 0.9)),
    "RMSprop": lambda p: refnn.optim.RMSprop(p, 0.1, momentum=0.5, centered=True),
    "Rprop": lambda p: refnn.optim.Rprop(p, 0.1),
    "ASGD": lambda p: refnn.optim.ASGD(p, 0.1, 0.1, t0=1, weight_decay=0.1),
}
makers = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)


def train(make, params, steps=3):
    optimizer = make(params)
    for k in range(steps):
        for p in params:
            p.grad = (p.detach() * (k + 1)).cos()
        optimizer.step()
    return optimizer


@makers
def test_small_and_large_tensors_take_the_same_steps(make, monkeypatch):
    """Large ones use shared scratch memory."""
    start = np.random.default_rng(0).standard_normal((3, 40)).astype("f4")
    small, large = (Parameter(refnn.from_numpy(start.copy())) for _ in range(2))
    train(make, [small])
    monkeypatch.setattr(_arrays, "_SMALL", 0)
    train(make, [large])
    assert small.equal(large)


@pytest.mark.parametrize("make", [*MAKERS.values(), lambda p: refnn.optim.SGD(p, 0.1)], ids=[*MAKERS, "plain SGD"])
@pytest.mark.parametrize("dtype", ["f4", "f8", "c8", "f2"])
@pytest.mark.parametrize("shape", [(7, 20), (140,), (129,), (35, 4)])
def test_a_large_tensor_moves_as_its_pieces(make, shape, dtype, monkeypatch):
    start = np.asarray(np.random.default_rng(0).standard_normal(shape), dtype)
    start.reshape(-1)[::9][:4] = [0, math.inf, -math.inf, math.nan]
    whole, in_pieces, strided = (Parameter(refnn.from_numpy(start.copy(order))) for order in "CCF")
    train(make, [whole])
    monkeypatch.setattr(_arrays, "_BLOCK", 16)
    train(make, [in_pieces])
    train(make, [strided])
    for other in (in_pieces, strided):
        np.testing.assert_array_equal(whole.detach().numpy(), other.detach().numpy())
        assert whole._version == other._version


def several(dtype="f4"):
    rng = np.random.default_rng(0)
    shapes = ((3, 4), (), (0,), (5,), (2, 1, 3), (70, 70))
    params = [Parameter(refnn.from_numpy(np.array(rng.standard_normal(shape), dtype))) for shape in shapes]
    return [*params, Parameter(refnn.ones(4, dtype=refnn.float64)), Parameter(refnn.ones(4, dtype=refnn.float16))]


def apart(monkeypatch):
    monkeypatch.setattr(_batches, "_SMALL", -1)


@makers
def test_small_parameters_take_the_same_steps_together(make, monkeypatch):
    together = several()
    optimizer = train(make, together)
    assert any(bucket is not None for bucket, _ in optimizer._plans.values())
    apart(monkeypatch)
    one_by_one = several()
    other = train(make, one_by_one)
    assert all(bucket is None for bucket, _ in other._plans.values())
    for p, q in zip(together, one_by_one, strict=True):
        assert p.equal(q)
        assert p._version == q._version == 3
        assert list(optimizer.state[p]) == list(other.state[q])
        for name, entry in optimizer.state[p].items():
            assert entry.equal(other.state[q][name])
            assert entry._version == other.state[q][name]._version


@makers
def test_gathered_state_may_be_replaced_and_gradients_may_be_missing(make, monkeypatch):
    def run():
        params = several()[:4]
        optimizer = train(make, params)
        params[0].grad = None
        optimizer.step()  # without the first
        params[0].grad = refnn.ones(3, 4)
        state = optimizer.state[params[3]]
        for name in state:
            state[name] = state[name].clone() * 0.5
        optimizer.step()
        optimizer.load_state_dict(copy.deepcopy(optimizer.state_dict()))
        optimizer.step()
        for p in params:
            with refnn.no_grad():
                p.data = p.data * 2
        optimizer.step()
        optimizer.add_param_group({"params": [Parameter(refnn.ones(2))]})
        optimizer.param_groups[1]["params"][0].grad = refnn.ones(2)
        optimizer.step()
        return [p.tolist() for group in optimizer.param_groups for p in group["params"]]

    together = run()
    apart(monkeypatch)
    assert together == run()


def test_gathered_state_is_kept_in_one_place():
    params = several()[:4]
    optimizer = train(MAKERS["Adam"], params)
    averages = [optimizer.state[p]["exp_avg"] for p in params]
    ends = [t.data_ptr() + 4 * t.numel() for t in averages if t.numel()]
    starts = [t.data_ptr() for t in averages if t.numel()]
    assert starts[1:] == ends[:-1]
    averages[0].zero_()
    twin = copy.deepcopy(optimizer)
    assert twin.state_dict()["state"][1]["exp_avg"].equal(averages[1])


def test_plans_do_not_pile_up():
    params = [Parameter(refnn.ones(1)) for _ in range(5)]
    optimizer = MAKERS["Adam"](params)
    for chosen in itertools.product([False, True], repeat=5):
        for p, has_gradient in zip(params, chosen, strict=True):
            p.grad = refnn.ones(1) if has_gradient else None
        optimizer.step()
    assert len(optimizer._plans) <= 8


@makers
@pytest.mark.parametrize("dtype", [refnn.float16, refnn.float32, refnn.float64])
@pytest.mark.parametrize("shape", [(), (0,), (1,), (2, 3)], ids=str)
def test_dtypes_and_shapes_stay(make, shape, dtype):
    p = Parameter(refnn.ones(shape, dtype=dtype))
    data, memory = p.data, p.detach().numpy()
    optimizer = train(make, [p])
    assert p.dtype is dtype
    assert tuple(p.shape) == shape
    assert p.data_ptr() == data.data_ptr()
    assert p._version == 3
    assert memory.size == 0 or not (memory == 1).any()
    for name, entry in optimizer.state[p].items():
        is_number = name in ("step", "eta", "mu")
        assert entry.dtype is (refnn.float32 if is_number else dtype)
        assert tuple(entry.shape) == (() if is_number else shape)


@makers
def test_strided_parameters_and_gradients(make):
    base = np.random.default_rng(0).standard_normal((4, 6)).astype("f4")
    plain, strided = Parameter(refnn.from_numpy(base.copy())), Parameter(refnn.from_numpy(base.T.copy()).t())
    assert not strided.is_contiguous()
    train(make, [plain])
    train(make, [strided])
    assert plain.equal(strided)


@makers
def test_half_steps_are_made_in_single_precision(make):
    """A learning rate that float16 rounds badly still moves the parameter by what it says."""
    wide, narrow = (Parameter(refnn.full((50,), 2.0, dtype=d)) for d in (refnn.float32, refnn.float16))
    train(make, [wide], 1)
    train(make, [narrow], 1)
    assert (wide - narrow.float()).abs().max() < 2e-3


def test_a_first_step_by_hand():
    """eps stands outside the root: with g = eps the step of Adam is half the learning rate."""
    p = Parameter(refnn.zeros(1))
    p.grad = refnn.full((1,), 1e-8)
    refnn.optim.Adam([p], lr=1.0).step()
    assert p.item() == pytest.approx(-0.5, rel=1e-4)


def test_the_first_momentum_is_not_dampened():
    p = Parameter(refnn.zeros(1))
    optimizer = refnn.optim.SGD([p], lr=1.0, momentum=0.9, dampening=0.5)
    seen = []
    for _ in range(2):
        p.grad = refnn.ones(1)
        optimizer.step()
        seen.append(p.item())
    assert seen == pytest.approx([-1.0, -2.4])


@makers
def test_parameters_without_gradients_are_left_alone(make):
    with_gradient, without = Parameter(refnn.ones(2)), Parameter(refnn.ones(2))
    optimizer = make([with_gradient, without])
    with_gradient.grad = refnn.ones(2)
    optimizer.step()
    assert without.tolist() == [1.0, 1.0]
    assert without._version == 0
    assert without not in optimizer.state


@makers
def test_infinities_do_not_warn(make, recwarn):
    p = Parameter(refnn.tensor([1.0, 1.0, 1.0]))
    p.grad = refnn.tensor([math.inf, math.nan, 3e38])
    make([p]).step()
    assert not [w for w in recwarn if issubclass(w.category, RuntimeWarning)]
    if make is MAKERS["Rprop"]:  # which only asks for signs, and NaN has none
        assert p.tolist() == pytest.approx([0.9, 1.0, 0.9])
    else:
        assert not p.isfinite()[:2].any()


@makers
@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda o: pickle.loads(pickle.dumps(o))], ids=["copy", "pickle"])
def test_copies_train_on_their_own(make, duplicate):
    p = Parameter(refnn.ones(3))
    optimizer = train(make, [p])
    twin = duplicate(optimizer)
    (q,) = twin.param_groups[0]["params"]
    assert q is not p
    gradient = p.grad.clone()
    for x in (p, q):
        x.grad = gradient
    optimizer.step()
    assert not p.equal(q)
    twin.step()
    assert p.equal(q)


@makers
def test_training_resumes_from_a_state_dict(make):
    p, q = (Parameter(refnn.ones(3)) for _ in range(2))
    first = train(make, [p])
    with refnn.no_grad():
        q.copy_(p)
    second = make([q])
    second.load_state_dict(copy.deepcopy(first.state_dict()))
    for x, optimizer in ((p, first), (q, second)):
        x.grad = refnn.ones(3)
        optimizer.step()
    assert p.equal(q)


@makers
def test_a_step_is_seen_by_the_tape(make):
    p = Parameter(refnn.ones(3))
    saved = (p * p).sum()
    train(make, [p], 1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        saved.backward()


@makers
def test_state_is_counted_as_written(make):
    p = Parameter(refnn.ones(3))
    optimizer = train(make, [p])
    assert all(entry._version >= 2 for name, entry in optimizer.state[p].items() if name != "step")


def test_groups_have_options_of_their_own():
    a, b = Parameter(refnn.zeros(1)), Parameter(refnn.zeros(1))
    optimizer = refnn.optim.SGD([{"params": [a]}, {"params": b, "lr": 2.0}], lr=1.0)
    a.grad = b.grad = refnn.ones(1)
    optimizer.step()
    assert (a.item(), b.item()) == (-1.0, -2.0)
    optimizer.param_groups[0]["lr"] = 10.0
    optimizer.step()
    assert (a.item(), b.item()) == (-11.0, -4.0)


def test_learning_rates_held_by_tensors_may_change():
    lr = refnn.tensor(1.0)
    p = Parameter(refnn.zeros(1))
    optimizer = refnn.optim.SGD([p], lr=lr)
    p.grad = refnn.ones(1)
    optimizer.step()
    lr.fill_(0.5)
    optimizer.step()
    assert p.item() == -1.5


def test_a_subclass_steps_with_hooks():
    class Sign(refnn.optim.Optimizer):
        def __init__(self, params):
            super().__init__(params, {"lr": 0.5})

        @refnn.no_grad()
        def step(self, closure=None):
            for group in self.param_groups:
                for p in group["params"]:
                    p.sub_(p.grad.sign(), alpha=group["lr"])

    p = Parameter(refnn.zeros(2))
    p.grad = refnn.tensor([3.0, -4.0])
    optimizer, seen = Sign([p]), []
    with optimizer.register_step_pre_hook(lambda *_: seen.append("before")):
        optimizer.step()
    optimizer.step()
    assert p.tolist() == [-1.0, 1.0]
    assert seen == ["before"]


def test_scalars_do_not_pile_up():
    for k in range(3000):
        _arrays.scalar(k + 0.5, np.dtype("f4"))
    assert _arrays.scalar.cache_info().currsize <= 512
    assert _arrays.scalar(0.1, np.dtype("f8")) == 0.1
    assert _arrays.scalar(0.1, np.dtype("f2")).dtype == np.float32
