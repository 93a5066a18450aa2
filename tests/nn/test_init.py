"""Initial values: bounds, moments, structure, errors."""

import math

import numpy as np
import pytest

import refnn
from refnn.nn import init

N = 200


def fan_cases():
    for shape in ((N, 50), (50, N), (40, 20, 3, 3)):
        receptive = math.prod(shape[2:])
        yield shape, shape[1] * receptive, shape[0] * receptive


@pytest.mark.parametrize("shape, fan_in, fan_out", list(fan_cases()))
@pytest.mark.parametrize(
    "fill, bound",
    [
        (init.xavier_uniform_, lambda i, o: math.sqrt(6 / (i + o))),
        (init.kaiming_uniform_, lambda i, o: math.sqrt(6 / i)),
        (lambda t: init.kaiming_uniform_(t, mode="fan_out", nonlinearity="linear"), lambda i, o: math.sqrt(3 / o)),
        (lambda t: init.kaiming_uniform_(t, a=math.sqrt(5)), lambda i, o: math.sqrt(1 / i)),
        (lambda t: init.uniform_(t, -0.3, 0.3), lambda i, o: 0.3),
    ],
)
def test_uniform_bounds(fill, bound, shape, fan_in, fan_out):
    refnn.manual_seed(0)
    t = fill(refnn.empty(shape)).numpy()
    limit = bound(fan_in, fan_out)
    assert np.abs(t).max() <= limit
    assert np.abs(t).max() > 0.999 * limit
    assert abs(t.std() - limit / math.sqrt(3)) < 0.02 * limit


@pytest.mark.parametrize("shape, fan_in, fan_out", list(fan_cases()))
@pytest.mark.parametrize(
    "fill, std",
    [
        (init.xavier_normal_, lambda i, o: math.sqrt(2 / (i + o))),
        (init.kaiming_normal_, lambda i, o: math.sqrt(2 / i)),
        (lambda t: init.kaiming_normal_(t, mode="fan_out", nonlinearity="tanh"), lambda i, o: 5 / 3 / math.sqrt(o)),
        (init.normal_, lambda i, o: 1.0),
    ],
)
def test_normal_deviation(fill, std, shape, fan_in, fan_out):
    refnn.manual_seed(0)
    t = fill(refnn.empty(shape)).numpy()
    expected = std(fan_in, fan_out)
    assert abs(t.std() / expected - 1) < 5 / math.sqrt(2 * t.size)
    assert abs(t.mean()) < 5 * expected / math.sqrt(t.size)


@pytest.mark.filterwarnings("ignore:mean is more than 2 std")
@pytest.mark.parametrize("a, b", [(-2, 2), (-1, 0.5), (0.5, 0.7), (3, 9), (-0.1, 0.1)])
@pytest.mark.parametrize("dtype", [refnn.float32, refnn.float64], ids=str)
def test_truncated_normal(a, b, dtype):
    refnn.manual_seed(0)
    found = np.sort(init.trunc_normal_(refnn.empty(20_000, dtype=dtype), 0, 1, a, b).numpy())
    assert found[0] >= np.asarray(a, dtype.numpy)
    assert found[-1] <= np.asarray(b, dtype.numpy)
    low, high = (math.erf(v / math.sqrt(2)) for v in (a, b))
    cdf = (np.array([math.erf(v / math.sqrt(2)) for v in found]) - low) / (high - low)
    distance = np.abs(cdf - np.arange(1, 20_001) / 20_000).max()  # Kolmogorov and Smirnov
    assert distance < 2 / math.sqrt(20_000)


@pytest.mark.parametrize("shape", [(4, 4), (6, 3), (3, 6), (4, 2, 3)], ids=str)
@pytest.mark.parametrize("gain", [1, 2.5])
def test_orthogonal(shape, gain):
    refnn.manual_seed(0)
    q = init.orthogonal_(refnn.empty(shape, dtype=refnn.float64), gain).numpy().reshape(shape[0], -1)
    product = q @ q.T if len(q) <= q.shape[1] else q.T @ q
    np.testing.assert_allclose(product, gain**2 * np.eye(len(product)), atol=1e-13)


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("spatial", [(3,), (3, 2), (2, 3, 4)], ids=str)
def test_dirac_passes_channels_on(spatial, groups):
    w = init.dirac_(refnn.empty(4, 4 // groups, *spatial), groups).numpy()
    centre = tuple(n // 2 for n in spatial)
    assert w.sum() == 4
    for out in range(4):
        assert w[(out, out % (4 // groups), *centre)] == 1


@pytest.mark.parametrize("sparsity", [0.0, 0.1, 0.5, 1.0])
def test_sparse(sparsity):
    refnn.manual_seed(0)
    t = init.sparse_(refnn.empty(10, 7), sparsity, std=1)
    assert ((t == 0).sum(0) == math.ceil(sparsity * 10)).all()


@pytest.mark.parametrize(
    "fill, expected",
    [
        (init.ones_, [[1, 1, 1], [1, 1, 1]]),
        (init.zeros_, [[0, 0, 0], [0, 0, 0]]),
        (init.eye_, [[1, 0, 0], [0, 1, 0]]),
        (lambda t: init.constant_(t, 2.5), [[2.5] * 3] * 2),
    ],
)
def test_constants(fill, expected):
    p = refnn.nn.Parameter(refnn.empty(2, 3))
    assert fill(p) is p
    assert p.tolist() == expected
    assert p.is_leaf
    assert p.requires_grad


@pytest.mark.parametrize("name", ["uniform_", "normal_", "xavier_uniform_", "kaiming_normal_", "trunc_normal_"])
def test_a_generator_of_ones_own(name):
    refnn.manual_seed(0)
    before = refnn.get_rng_state()
    drawn = [getattr(init, name)(refnn.empty(4, 5), generator=refnn.Generator().manual_seed(5)) for _ in range(2)]
    assert refnn.equal(*drawn)
    assert refnn.equal(refnn.get_rng_state(), before)


ERRORS = [
    (lambda: init.xavier_uniform_(refnn.empty(3)), "Fan in and fan out can not be computed for tensor with fewer"),
    (lambda: init.kaiming_normal_(refnn.empty(3, 3), mode="x"), "Mode x not supported"),
    (lambda: init.kaiming_normal_(refnn.empty(3, 3), nonlinearity="x"), "Unsupported nonlinearity x"),
    (lambda: init.calculate_gain("leaky_relu", True), "negative_slope True not a valid number"),
    (lambda: init.eye_(refnn.empty(3)), "Only tensors with 2 dimensions are supported"),
    (lambda: init.sparse_(refnn.empty(3), 0.1), "Only tensors with 2 dimensions are supported"),
    (lambda: init.dirac_(refnn.empty(3, 3)), "Only tensors with 3, 4, or 5 dimensions are supported"),
    (lambda: init.dirac_(refnn.empty(3, 3, 1), 2), "dim 0 must be divisible by groups"),
    (lambda: init.orthogonal_(refnn.empty(3)), "Only tensors with 2 or more dimensions are supported"),
]


@pytest.mark.parametrize("call, text", ERRORS)
def test_errors(call, text):
    with pytest.raises(ValueError, match=text):
        call()


def test_warnings():
    with pytest.warns(UserWarning, match="Initializing zero-element tensors is a no-op"):
        init.kaiming_uniform_(refnn.empty(0, 3))
    with pytest.warns(UserWarning, match="mean is more than 2 std from"):
        init.trunc_normal_(refnn.empty(2), 5, 1)
    with pytest.warns(FutureWarning, match=r"`nn.init.normal` is now deprecated in favor of `nn.init.normal_`"):
        init.normal(refnn.empty(2))
