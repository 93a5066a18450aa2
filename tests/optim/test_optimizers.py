"""Optimizers against their equations, one number at a time, and what is expected of them around a step."""

import copy
import itertools
import math
import pickle

import numpy as np
import pytest

import refnn
from refnn.nn.parameter import Parameter
from refnn.optim import _arrays, _batches

# The equations, for one number and its gradients in turn


def sgd(x, gradients, lr, momentum=0, dampening=0, weight_decay=0, nesterov=False, maximize=False):
    b = None
    for g in gradients:
        g = (-g if maximize else g) + weight_decay * x
        if momentum:
            b = g if b is None else momentum * b + (1 - dampening) * g
            g = g + momentum * b if nesterov else b
        x -= lr * g
    return x


def adam(x, gradients, lr, betas, eps, weight_decay=0, amsgrad=False, maximize=False, decoupled=False):
    m = v = largest = 0.0
    for t, g in enumerate(gradients, 1):
        g = -g if maximize else g
        if decoupled:
            x *= 1 - lr * weight_decay
        else:
            g += weight_decay * x
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g * g
        largest = max(largest, v)
        second = largest if amsgrad else v
        x -= lr * m / (1 - betas[0] ** t) / (math.sqrt(second / (1 - betas[1] ** t)) + eps)
    return x


def adamw(x, gradients, **options):
    return adam(x, gradients, decoupled=True, **options)


def rmsprop(x, gradients, lr, alpha, eps, weight_decay=0, momentum=0, centered=False, maximize=False):
    v = h = b = 0.0
    for g in gradients:
        g = (-g if maximize else g) + weight_decay * x
        v = alpha * v + (1 - alpha) * g * g
        h = alpha * h + (1 - alpha) * g
        step = g / (math.sqrt(v - h * h if centered else v) + eps)
        b = momentum * b + step
        x -= lr * (b if momentum else step)
    return x


def adadelta(x, gradients, lr, rho, eps, weight_decay=0, maximize=False):
    v = u = 0.0
    for g in gradients:
        g = (-g if maximize else g) + weight_decay * x
        v = rho * v + (1 - rho) * g * g
        delta = g * math.sqrt(u + eps) / math.sqrt(v + eps)
        u = rho * u + (1 - rho) * delta * delta
        x -= lr * delta
    return x


def adagrad(x, gradients, lr, lr_decay, eps, initial_accumulator_value=0, weight_decay=0, maximize=False):
    s = initial_accumulator_value
    for t, g in enumerate(gradients):
        g = (-g if maximize else g) + weight_decay * x
        s += g * g
        x -= lr / (1 + t * lr_decay) * g / (math.sqrt(s) + eps)
    return x


def adamax(x, gradients, lr, betas, eps, weight_decay=0, maximize=False):
    m = u = 0.0
    for t, g in enumerate(gradients, 1):
        g = (-g if maximize else g) + weight_decay * x
        m = betas[0] * m + (1 - betas[0]) * g
        u = max(betas[1] * u, abs(g) + eps)
        x -= lr / (1 - betas[0] ** t) * m / u
    return x


def radam(x, gradients, lr, betas, eps, weight_decay=0, decoupled_weight_decay=False, maximize=False):
    m = v = 0.0
    for t, g in enumerate(gradients, 1):
        g = -g if maximize else g
        if decoupled_weight_decay:
            x *= 1 - lr * weight_decay
        else:
            g += weight_decay * x
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g * g
        limit = 2 / (1 - betas[1]) - 1
        rho = limit - 2 * t * betas[1] ** t / (1 - betas[1] ** t)
        factor = 1.0
        if rho > 5:
            factor = math.sqrt((rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho))
            factor *= math.sqrt(1 - betas[1] ** t) / (math.sqrt(v) + eps)
        x -= lr * factor * m / (1 - betas[0] ** t)
    return x


def nadam(
    x, gradients, lr, betas, eps, weight_decay=0, momentum_decay=0.004, decoupled_weight_decay=False, maximize=False
):
    m = v = 0.0
    product = 1.0
    for t, g in enumerate(gradients, 1):
        g = -g if maximize else g
        if decoupled_weight_decay:
            x *= 1 - lr * weight_decay
        else:
            g += weight_decay * x
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g * g
        now, after = (betas[0] * (1 - 0.5 * 0.96 ** (k * momentum_decay)) for k in (t, t + 1))
        product = float(np.float32(product) * np.float32(now))  # kept in float32
        step = (1 - now) * g / (1 - product) + after * m / (1 - product * after)
        x -= lr * step / (math.sqrt(v / (1 - betas[1] ** t)) + eps)
    return x


def combinations(**options):
    return [dict(zip(options, chosen, strict=True)) for chosen in itertools.product(*options.values())]


BOTH = [False, True]
CASES = [
    ("SGD", sgd, options)
    for options in combinations(
        lr=[0.1], momentum=[0, 0.9], dampening=[0, 0.3], weight_decay=[0, 0.1], nesterov=BOTH, maximize=BOTH
    )
    if not options["nesterov"] or (options["momentum"] and not options["dampening"])
]
CASES += [
    (name, equations, options)
    for name, equations in (("Adam", adam), ("AdamW", adamw))
    for options in combinations(
        lr=[0.1], betas=[(0.9, 0.99), (0.2, 0.6)], eps=[1e-3], weight_decay=[0, 0.1], amsgrad=BOTH, maximize=BOTH
    )
]
CASES += [
    ("RMSprop", rmsprop, options)
    for options in combinations(
        lr=[0.1], alpha=[0.9], eps=[1e-3], weight_decay=[0, 0.1], momentum=[0, 0.5], centered=BOTH, maximize=BOTH
    )
]
CASES += [
    ("Adadelta", adadelta, options)
    for options in combinations(lr=[0.5], rho=[0.9, 0.3], eps=[1e-3], weight_decay=[0, 0.1], maximize=BOTH)
]
CASES += [
    ("Adagrad", adagrad, options)
    for options in combinations(
        lr=[0.1],
        lr_decay=[0, 0.5],
        eps=[1e-3],
        initial_accumulator_value=[0, 0.5],
        weight_decay=[0, 0.1],
        maximize=BOTH,
    )
]
CASES += [
    ("Adamax", adamax, options)
    for options in combinations(
        lr=[0.1], betas=[(0.9, 0.99), (0.2, 0.6)], eps=[1e-3], weight_decay=[0, 0.1], maximize=BOTH
    )
]
CASES += [
    ("RAdam", radam, options)
    for options in combinations(
        lr=[0.1],
        betas=[(0.9, 0.99), (0.5, 0.9)],
        eps=[1e-3],
        weight_decay=[0, 0.1],
        decoupled_weight_decay=BOTH,
        maximize=BOTH,
    )
]
CASES += [
    ("NAdam", nadam, options)
    for options in combinations(
        lr=[0.1],
        betas=[(0.9, 0.99), (0.5, 0.9)],
        eps=[1e-3],
        weight_decay=[0, 0.1],
        momentum_decay=[0.004, 0.5],
        decoupled_weight_decay=BOTH,
        maximize=BOTH,
    )
]
NOT_FUSED = ("Adadelta", "Adamax", "NAdam", "RAdam", "RMSprop")
START, GRADIENTS = (
    [0.5, -2.0, 0.0],
    [
        [1.0, -0.5, 1e-4],
        [0.25, 3.0, 0.0],
        [-2.0, 1.0, 1.0],
        [0.0, 0.0, -1.0],
        [0.5, -0.5, 2.0],
        [1.0, 0.0, 0.0],
        [0.1, 0.2, 0.3],
    ],
)


def expected(equations, options):
    return [equations(x, [row[i] for row in GRADIENTS], **options) for i, x in enumerate(START)]


def case_id(value):
    """A function by its name: its address differs from one process to the next."""
    return getattr(value, "__name__", None) or str(value)


@pytest.mark.parametrize("name, equations, options", CASES, ids=case_id)
@pytest.mark.parametrize("extra", [{}, {"foreach": True}, {"fused": True}], ids=case_id)
def test_equations(name, equations, options, extra):
    if name in NOT_FUSED and "fused" in extra:
        return
    p = Parameter(refnn.tensor(START, dtype=refnn.float64))
    optimizer = getattr(refnn.optim, name)([p], **options, **extra)
    for gradient in GRADIENTS:
        p.grad = refnn.tensor(gradient, dtype=refnn.float64)
        optimizer.step()
        assert p.grad.tolist() == gradient
    assert p.tolist() == pytest.approx(expected(equations, options), rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("name, equations, options", CASES, ids=case_id)
def test_equations_on_the_tape(name, equations, options):
    x = refnn.tensor(START, dtype=refnn.float64, requires_grad=True).clone()
    optimizer = getattr(refnn.optim, name)([x], **options, differentiable=True)
    for gradient in GRADIENTS:
        x.grad = refnn.tensor(gradient, dtype=refnn.float64)
        optimizer.step()
    # the counter of steps is float32, and so are the factors that come of it
    assert x.tolist() == pytest.approx(expected(equations, options), rel=1e-6, abs=3e-8)
    assert x.requires_grad


@pytest.mark.parametrize("name, equations, options", CASES, ids=case_id)
def test_complex_parts_are_independent(name, equations, options):
    p = Parameter(refnn.tensor([complex(a, -a) for a in START], dtype=refnn.complex128))
    optimizer = getattr(refnn.optim, name)([p], **options)
    for gradient in GRADIENTS:
        p.grad = refnn.tensor([complex(g, -g) for g in gradient], dtype=refnn.complex128)
        optimizer.step()
    want = expected(equations, options)
    assert p.detach().numpy().real.tolist() == pytest.approx(want, rel=1e-12, abs=1e-14)
    assert p.detach().numpy().imag.tolist() == pytest.approx([-w for w in want], rel=1e-12, abs=1e-14)


# Shapes, memory, dtypes

MAKERS = {
    "SGD": lambda p: refnn.optim.SGD(p, 0.1, 0.9, weight_decay=0.1, nesterov=True),
    "Adam": lambda p: refnn.optim.Adam(p, 0.1, amsgrad=True, weight_decay=0.1),
    "AdamW": lambda p: refnn.optim.AdamW(p, 0.1, (0.3, 0.9)),
    "RMSprop": lambda p: refnn.optim.RMSprop(p, 0.1, momentum=0.5, centered=True),
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
@pytest.mark.parametrize("shape", [(), (0,), (1,), (2, 3)], ids=case_id)
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
        assert entry.dtype is (refnn.float32 if name == "step" else dtype)
        assert tuple(entry.shape) == (() if name == "step" else shape)


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
    assert not p.isfinite()[:2].any()


@makers
@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda o: pickle.loads(pickle.dumps(o))], ids=["copy", "pickle"])
def test_copies_train_on_their_own(make, duplicate):
    p = Parameter(refnn.ones(3))
    optimizer = train(make, [p])
    twin = duplicate(optimizer)
    (q,) = twin.param_groups[0]["params"]
    assert q is not p
    for x in (p, q):
        x.grad = refnn.ones(3)
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
