"""Activations: values against the mathematics in plain Python, derivatives against finite differences."""

import math

import numpy as np
import pytest

import refnn
from refnn.nn import functional as F
from refnn.ops import activation as ops

INF, NAN = math.inf, math.nan
POINTS = [0.0, -0.0, 1e-30, 0.5, -0.5, 3.0, -3.0, 20.0, -20.0, 90.0, -90.0, INF, -INF, NAN]


def sigmoid(x):
    return 0.0 if x < -700 else 1 / (1 + math.exp(-x))


def relu(x):
    return x if x > 0 or math.isnan(x) else 0.0


def leaky(slope):
    return lambda x: x if x > 0 else x * slope


def clip(x, low, high):
    return x if math.isnan(x) else min(max(x, low), high)


def hardswish(x):
    return x if x >= 3 else NAN if x == -INF else 0.0 if x <= -3 else x * (x + 3) / 6


def shrink(x):
    return x if math.isnan(x) else math.copysign(max(abs(x) - 0.5, 0), x)


def elu(alpha, scale=1.0, input_scale=1.0):
    return lambda x: scale * alpha * math.expm1(input_scale * x) if x < 0 else scale * x


def softplus(x):
    return x if x > 20 else math.log1p(exp(x))


def exp(x):
    return INF if x > 700 else math.exp(x)


def mish(x):
    return NAN if x == -INF else x if x > 50 else x * math.tanh(math.log1p(exp(x)))


def silu(x):
    return NAN if x == -INF else x * sigmoid(x)


def gelu(x):
    return NAN if math.isinf(x) else 0.5 * x * math.erfc(-x / math.sqrt(2))


def gelu_tanh(x):
    return NAN if x == -INF else 0.5 * x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))


ELEMENTWISE = [
    pytest.param(lambda x: F.threshold(x, 0.5, 2.0), lambda x: 2.0 if x <= 0.5 else x, id="threshold"),
    pytest.param(lambda x: F.hardtanh(x, -1.0, 2.0), lambda x: clip(x, -1, 2), id="hardtanh"),
    pytest.param(F.relu6, lambda x: clip(x, 0, 6), id="relu6"),
    pytest.param(F.hardsigmoid, lambda x: clip(x + 3, 0, 6) / 6, id="hardsigmoid"),
    pytest.param(F.hardswish, hardswish, id="hardswish"),
    pytest.param(F.hardshrink, lambda x: 0.0 if abs(x) <= 0.5 else x, id="hardshrink"),
    pytest.param(F.softshrink, shrink, id="softshrink"),
    pytest.param(lambda x: F.elu(x, 1.5), elu(1.5), id="elu"),
    pytest.param(lambda x: F.celu(x, 2.0), elu(2.0, 1, 0.5), id="celu"),
    pytest.param(F.selu, elu(1.6732632423543772, 1.0507009873554805), id="selu"),
    pytest.param(F.softplus, softplus, id="softplus"),
    pytest.param(lambda x: F.softplus(x, 2.0), lambda x: softplus(2 * x) / 2 if x <= 10 else x, id="softplus-2"),
    pytest.param(F.logsigmoid, lambda x: x if x < -700 else -math.log1p(exp(-x)), id="logsigmoid"),
    pytest.param(F.softsign, lambda x: NAN if math.isinf(x) else x / (1 + abs(x)), id="softsign"),
    pytest.param(F.silu, silu, id="silu"),
    pytest.param(F.mish, mish, id="mish"),
    pytest.param(refnn.tanh, math.tanh, id="tanh"),
    pytest.param(refnn.sigmoid, sigmoid, id="sigmoid"),
    pytest.param(F.relu, relu, id="relu"),
    pytest.param(F.leaky_relu, leaky(0.01), id="leaky_relu"),
    pytest.param(lambda x: F.leaky_relu(x, 0.0), leaky(0.0), id="leaky_relu-0"),
    pytest.param(lambda x: F.leaky_relu(x, -0.5), leaky(-0.5), id="leaky_relu-negative"),
    pytest.param(lambda x: F.leaky_relu(x, 3.0), leaky(3.0), id="leaky_relu-steep"),
]


CANCELLING = [  # 1 + something near −1: an absolute error of |x| eps remains
    pytest.param(F.gelu, gelu, id="gelu"),
    pytest.param(lambda x: F.gelu(x, approximate="tanh"), gelu_tanh, id="gelu-tanh"),
    pytest.param(F.tanhshrink, lambda x: x - math.tanh(x), id="tanhshrink"),
]


ALL = ELEMENTWISE + CANCELLING
FUSED = [p for p in ALL if p.id not in ("softsign", "tanhshrink")]  # those are several operations


@pytest.mark.parametrize("repeat", [1, 500], ids=["short", "long"])
@pytest.mark.parametrize("dtype", [refnn.float32, refnn.float64], ids=str)
@pytest.mark.parametrize("function, scalar", ELEMENTWISE)
def test_values(function, scalar, dtype, repeat):
    x = refnn.tensor(POINTS * repeat, dtype=dtype)
    found = function(x)
    assert found.dtype is dtype
    expected = [scalar(v) for v in x[: len(POINTS)].tolist()] * repeat
    rtol = 4 * np.finfo(dtype.numpy).eps
    np.testing.assert_allclose(found.numpy(), expected, rtol=rtol, atol=1e-37)


@pytest.mark.parametrize("dtype", [refnn.float32, refnn.float64], ids=str)
@pytest.mark.parametrize("function, scalar", CANCELLING)
def test_values_that_cancel(function, scalar, dtype):
    x = refnn.linspace(-12, 12, 4001, dtype=dtype)
    expected = [scalar(v) for v in x.tolist()]
    np.testing.assert_allclose(function(x).numpy(), expected, rtol=0, atol=12 * np.finfo(dtype.numpy).eps)
    assert refnn.isnan(function(refnn.tensor([NAN], dtype=dtype))).all()


@pytest.mark.parametrize("dtype", [refnn.float16, refnn.bfloat16], ids=str)
@pytest.mark.parametrize("function", [p.values[0] for p in FUSED], ids=[p.id for p in FUSED])
def test_half_precision_is_rounded_once(function, dtype):
    if dtype is refnn.bfloat16:
        pytest.importorskip("ml_dtypes")
    x = refnn.linspace(-6, 6, 500).to(dtype)
    found, exact = function(x), function(x.float())
    assert found.dtype is dtype
    assert refnn.equal(found, exact.to(dtype))


@pytest.mark.parametrize("function", [p.values[0] for p in ALL], ids=[p.id for p in ALL])
@pytest.mark.parametrize("shape", [(), (0,), (3, 4), (50, 60)], ids=str)
def test_derivatives(function, shape):
    refnn.manual_seed(0)
    x = refnn.randn(shape, dtype=refnn.float64)
    x = (x + 0.1 * x.sign()).requires_grad_()  # away from the kink
    y = function(x)
    (g,) = refnn.autograd.grad(y, x, refnn.ones_like(y))
    h = 1e-6
    slope = (function(x.detach() + h) - function(x.detach() - h)) / (2 * h)
    np.testing.assert_allclose(g.numpy(), slope.numpy(), atol=1e-8)
    if 0 < x.numel() < 20:
        assert refnn.autograd.gradcheck(function, (x,))
        assert refnn.autograd.gradgradcheck(function, (x,))


KINKS = [  # function, point, gradient given, gradient expected
    ("relu", 0.0, 1.0, 0.0),
    ("relu", -0.0, 1.0, 0.0),
    ("relu", NAN, 2.0, 2.0),
    ("relu", -1.0, NAN, 0.0),
    ("relu", -1.0, INF, 0.0),
    ("relu", 1.0, INF, INF),
    ("leaky_relu", 0.0, 1.0, 0.01),
    ("leaky_relu", NAN, 1.0, 0.01),
    *((name, NAN, 1.0, 1.0) for name in ("hardtanh", "relu6", "hardswish", "hardshrink", "softshrink", "elu")),
    *(("hardtanh", x, 1.0, 0.0) for x in (-1.0, 1.0, INF)),
    *(("relu6", x, INF, 0.0) for x in (0.0, 6.0, -INF)),
    *(("hardsigmoid", x, INF, 0.0) for x in (-3.0, 3.0, NAN)),
    ("hardswish", -3.0, INF, 0.0),
    ("hardswish", 3.0, 1.0, 1.0),
    *((name, x, INF, 0.0) for name in ("hardshrink", "softshrink") for x in (-0.5, 0.0, 0.5)),
    ("hardshrink", -INF, 1.0, 1.0),
    ("elu", 0.0, 1.0, 1.0),
    ("elu", -0.0, 1.0, 1.0),
    ("elu", -INF, 1.0, 0.0),
    ("selu", 0.0, 1.0, 1.7580993408473766),
    ("celu", INF, 1.0, 1.0),
    ("softplus", 20.5, 1.0, 1.0),
    ("softplus", INF, INF, INF),
    ("logsigmoid", -INF, 1.0, 1.0),
    ("logsigmoid", INF, 1.0, 0.0),
    *((name, x, 1.0, NAN) for name in ("silu", "mish", "gelu") for x in (INF, -INF, NAN)),
    ("silu", 0.0, 1.0, 0.5),
    ("mish", 0.0, 1.0, 0.6),
    ("gelu", 0.0, 1.0, 0.5),
    ("softsign", 0.0, 1.0, 1.0),
    ("tanhshrink", 0.0, 1.0, 0.0),
    ("sigmoid", INF, 1.0, 0.0),
    ("tanh", -INF, 1.0, 0.0),
]


@pytest.mark.parametrize("size", [1, 5000], ids=["short", "long"])
@pytest.mark.parametrize("name, point, given, expected", KINKS)
def test_kinks(name, point, given, expected, size):
    x = refnn.full((size,), point, requires_grad=True)
    getattr(F, name)(x).backward(refnn.full((size,), given))
    np.testing.assert_array_equal(x.grad.numpy(), np.full(size, expected, "f"))


TWINS = ["relu_", "leaky_relu_", "hardtanh_", "elu_", "celu_", "selu_"]
OPTIONS = ["relu6", "hardsigmoid", "hardswish", "silu", "mish"]


@pytest.mark.parametrize("name", [*TWINS, *OPTIONS])
def test_in_place(name):
    x = refnn.tensor([-1.0, 0.0, 0.5, 2.0], requires_grad=True)
    y = x * 1
    z = getattr(F, name)(y) if name in TWINS else getattr(F, name)(y, inplace=True)
    assert z is y
    z.sum().backward()
    x2 = refnn.tensor([-1.0, 0.0, 0.5, 2.0], requires_grad=True)
    expected = getattr(F, name.rstrip("_"))(x2)
    expected.sum().backward()
    np.testing.assert_allclose(z.detach().numpy(), expected.detach().numpy(), rtol=0)
    np.testing.assert_allclose(x.grad.numpy(), x2.grad.numpy(), rtol=1e-6)


@pytest.mark.parametrize("name", ["elu_", "celu_"])
def test_in_place_with_a_negative_alpha(name):
    y = getattr(F, name)(refnn.ones(1, requires_grad=True) * 1, -0.1)
    with pytest.raises(RuntimeError, match="negative slope"):
        y.backward()


def test_threshold_in_place_looks_at_what_was():
    x = refnn.tensor([-1.0, 1.0, 2.0], requires_grad=True)
    F.threshold_(x * 1, 1.5, 3.0).sum().backward()
    assert x.grad.tolist() == [0, 0, 1]


@pytest.mark.parametrize("function", [F.threshold_, F.threshold, F.hardtanh, F.relu6])
def test_integers(function):
    x = refnn.tensor([-3, -1, 0, 1, 9])
    arguments = (-1.5, 1.5) if function is not F.relu6 else ()
    y = function(x, *arguments)
    assert y.dtype is refnn.int64
    if function is F.relu6:
        assert y.tolist() == [0, 0, 0, 1, 6]
    elif function is F.hardtanh:
        assert y.tolist() == [-1, -1, 0, 1, 1]
    else:
        assert y.tolist() == [1, 1, 0, 1, 9]


def naive_prelu(x, weight):
    y = np.empty_like(x)
    for place in np.ndindex(x.shape):
        w = weight[place[1] if x.ndim > 1 and len(weight) > 1 else 0]
        y[place] = x[place] if x[place] > 0 else w * x[place]
    return y


@pytest.mark.parametrize("shape, n", [((), 1), ((5,), 1), ((4, 3), 3), ((4, 3), 1), ((2, 3, 4, 2), 3), ((0, 3), 3)])
def test_prelu(shape, n):
    random = np.random.default_rng(4)
    x, w = random.standard_normal(shape), random.standard_normal(n)
    tx, tw = refnn.tensor(x, requires_grad=True), refnn.tensor(w, requires_grad=True)
    np.testing.assert_array_equal(F.prelu(tx, tw).detach().numpy(), naive_prelu(np.asarray(x), w))
    if x.size:
        assert refnn.autograd.gradcheck(F.prelu, (tx, tw))
        assert refnn.autograd.gradgradcheck(F.prelu, (tx, tw))


@pytest.mark.parametrize("shape, dim", [((4,), 0), ((2, 6), 1), ((2, 6), 0), ((2, 4, 3), -2), ((0, 2), 1)])
def test_glu(shape, dim):
    refnn.manual_seed(5)
    x = refnn.randn(shape, dtype=refnn.float64, requires_grad=True)
    a, b = np.split(x.detach().numpy(), 2, dim)
    np.testing.assert_allclose(F.glu(x, dim).detach().numpy(), a / (1 + np.exp(-b)), rtol=1e-14)
    if x.numel():
        assert refnn.autograd.gradcheck(lambda t: F.glu(t, dim), (x,))
        assert refnn.autograd.gradgradcheck(lambda t: F.glu(t, dim), (x,))


def test_leaky_relu_in_place_with_a_negative_slope():
    y = F.leaky_relu_(refnn.ones(1, requires_grad=True) * 1, -0.1)
    with pytest.raises(RuntimeError, match="negative slope"):
        y.backward()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_relu_of_many_is_relu_of_few(dtype):
    """Large arrays are computed in blocks."""
    x = np.linspace(-3, 3, 1 << 19).astype(dtype).reshape(2, 8, -1)
    x[:, :, ::1000] = np.array([0.0, -0.0, np.nan, np.inf] * 2, dtype)[:, None]
    x[:, :, 1::1000] = -x[:, :, ::1000]
    g = np.cos(np.arange(x.size)).astype(dtype).reshape(x.shape)
    for order in (lambda a: a, lambda a: np.moveaxis(np.ascontiguousarray(np.moveaxis(a, 1, -1)), -1, 1)):
        y = ops.relu(order(x))
        parts = [ops.relu(row.copy()) for row in np.concatenate(np.split(x, 1024, 2)).reshape(-1, 32)]
        whole = np.concatenate(np.split(y, 1024, 2)).reshape(-1, 32)
        np.testing.assert_array_equal(whole, parts)
        assert y.strides == order(x).strides
        gx = ops.relu_backward(order(g), y)
        np.testing.assert_array_equal(gx, np.where(y <= 0, 0, g))
        assert gx.dtype == dtype
