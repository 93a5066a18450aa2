"""Convolution against naive loops; its derivatives against finite differences; fast paths against the plain one."""

import functools
import itertools

import numpy as np
import pytest

import refnn
from refnn.autograd import gradcheck, gradgradcheck
from refnn.ops import _depthwise, _im2col, _pieces, _threads, _winograd, _winograd_rows
from refnn.ops._windows import Windows, copy_images
from refnn.ops.conv import channel_sum, conv, conv_transpose, conv_weight


def naive(x, w, bias, stride, padding, dilation, groups):
    """The definition, one product at a time."""
    kernel = w.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), *padding))
    reach = [d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]
    places = [(n - r) // s + 1 for n, r, s in zip(padded.shape[2:], reach, stride, strict=True)]
    y = np.zeros((x.shape[0], w.shape[0], *places), x.dtype)
    inputs, outputs = w.shape[1], w.shape[0] // groups
    for n, o in itertools.product(range(x.shape[0]), range(w.shape[0])):
        first = o // outputs * inputs
        for place in np.ndindex(*places):
            total = 0 if bias is None else bias[o]
            for c in range(inputs):
                for tap in np.ndindex(*kernel):
                    at = tuple(p * s + t * d for p, s, t, d in zip(place, stride, tap, dilation, strict=True))
                    total = total + w[(o, c, *tap)] * padded[(n, first + c, *at)]
            y[(n, o, *place)] = total
    return y


def numbers(*shape, seed=0, dtype=np.float64):
    rng = np.random.default_rng([seed, *shape])
    values = rng.standard_normal(shape)
    if np.issubdtype(dtype, np.complexfloating):
        values = values + 1j * rng.standard_normal(shape)
    return values.astype(dtype)


def channels_last(x):
    return np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 1, -1)), -1, 1)


LAYOUTS = {
    "channels first": lambda x: x,
    "channels last": channels_last,
    "strided": lambda x: np.repeat(x, 2, -1)[..., ::2],
    "negative strides": lambda x: np.flip(np.flip(x, (0, 2)).copy(), (0, 2)),
    "transposed": lambda x: np.ascontiguousarray(np.swapaxes(x, 0, -1)).swapaxes(0, -1),
}

# name: x, w, stride, padding, dilation, groups
CASES = {
    "1d": ((2, 3, 7), (4, 3, 3), (1,), ((1, 1),), (1,), 1),
    "1d strided, dilated": ((2, 3, 9), (4, 3, 2), (2,), ((0, 2),), (3,), 1),
    "2d": ((2, 3, 5, 6), (4, 3, 3, 3), (1, 1), ((0, 0), (0, 0)), (1, 1), 1),
    "many channels": ((2, 9, 5, 4), (7, 9, 3, 2), (1, 1), ((1, 1), (1, 0)), (1, 1), 1),
    "uneven padding": ((1, 2, 4, 5), (3, 2, 2, 3), (1, 1), ((0, 1), (2, 1)), (1, 1), 1),
    "padding beyond the kernel": ((1, 2, 3, 2), (3, 2, 2, 2), (1, 1), ((3, 3), (4, 4)), (1, 1), 1),
    "stride": ((2, 5, 7, 8), (3, 5, 3, 3), (2, 3), ((1, 1), (1, 1)), (1, 1), 1),
    "stride beyond the kernel": ((2, 2, 7, 7), (3, 2, 1, 1), (3, 3), ((0, 0), (0, 0)), (1, 1), 1),
    "a stride that leaves a rest": ((1, 5, 8, 8), (2, 5, 3, 3), (2, 2), ((0, 0), (0, 0)), (1, 1), 1),
    "dilation": ((1, 6, 9, 8), (2, 6, 3, 2), (1, 2), ((2, 2), (0, 0)), (2, 3), 1),
    "kernel as large as x": ((2, 3, 4, 5), (2, 3, 4, 5), (1, 1), ((0, 0), (0, 0)), (1, 1), 1),
    "pointwise": ((2, 6, 3, 4), (5, 6, 1, 1), (1, 1), ((0, 0), (0, 0)), (1, 1), 1),
    "pointwise, groups": ((2, 6, 3, 4), (4, 3, 1, 1), (1, 1), ((0, 0), (0, 0)), (1, 1), 2),
    "one channel": ((3, 1, 6, 6), (8, 1, 3, 3), (1, 1), ((1, 1), (1, 1)), (1, 1), 1),
    "groups": ((2, 6, 5, 5), (4, 3, 3, 3), (1, 1), ((1, 1), (1, 1)), (1, 1), 2),
    "wide groups": ((1, 40, 3, 3), (4, 20, 2, 2), (1, 1), ((0, 0), (0, 0)), (1, 1), 2),
    "groups, stride": ((2, 6, 5, 5), (6, 2, 3, 3), (2, 1), ((1, 1), (0, 1)), (1, 2), 3),
    "depthwise": ((2, 4, 5, 6), (4, 1, 3, 3), (1, 1), ((1, 1), (1, 1)), (1, 1), 4),
    "depthwise, stride, dilation": ((2, 4, 8, 9), (4, 1, 2, 3), (2, 3), ((1, 0), (2, 2)), (3, 2), 4),
    "depthwise, two outputs each": ((2, 3, 5, 6), (6, 1, 3, 3), (1, 1), ((1, 1), (1, 1)), (1, 1), 3),
    "depthwise, 1d": ((2, 4, 7), (4, 1, 3), (1,), ((1, 1),), (1,), 4),
    "3d": ((1, 2, 4, 3, 5), (3, 2, 2, 3, 2), (1, 1, 2), ((1, 0), (1, 1), (0, 0)), (1, 1, 1), 1),
    "3d, groups, dilation": ((2, 4, 4, 3, 5), (2, 2, 2, 1, 2), (2, 1, 1), ((0, 1), (0, 0), (1, 1)), (2, 1, 2), 2),
}


def case(name, dtype=np.float64):
    x, w, stride, padding, dilation, groups = CASES[name]
    form = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    return numbers(*x, dtype=dtype), numbers(*w, dtype=dtype), numbers(w[0], dtype=dtype), form


@functools.cache
def expected(name):
    x, w, b, form = case(name)
    return naive(x, w, b, **form)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_equals_the_definition(name, layout):
    x, w, b, form = case(name)
    np.testing.assert_allclose(conv(LAYOUTS[layout](x), w, b, **form), expected(name), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", ["2d", "groups", "depthwise", "pointwise", "stride", "1d"])
@pytest.mark.parametrize(
    "dtype, tolerance",
    [(np.float32, 1e-5), (np.float16, 5e-3), (np.complex64, 1e-5), (np.complex128, 1e-12), (np.int64, 0)],
)
def test_dtypes(name, dtype, tolerance):
    x, w, b, form = case(name, dtype)
    if dtype == np.int64:
        x, w, b = (np.arange(a.size).reshape(a.shape) % 7 - 3 for a in (x, w, b))
    y = conv(x, w, b, **form)
    assert y.dtype == dtype
    wide = [a.astype(np.float64) if dtype == np.float16 else a for a in (x, w, b)]
    np.testing.assert_allclose(y, naive(*wide, **form), rtol=tolerance, atol=tolerance)


# name: x, w, stride, padding, dilation, groups; small, since every number is perturbed
DIFFERENTIATED = {
    "2d": ((1, 2, 3, 4), (2, 2, 2, 3), (1, 1), ((0, 1), (1, 1)), (1, 1), 1),
    "stride": ((2, 5, 3, 3), (1, 5, 2, 2), (2, 1), ((1, 0), (0, 0)), (1, 1), 1),
    "groups, dilation": ((1, 4, 4, 3), (2, 2, 2, 1), (1, 2), ((0, 0), (1, 1)), (2, 1), 2),
    "depthwise": ((1, 2, 3, 3), (2, 1, 2, 2), (1, 1), ((0, 0), (1, 1)), (1, 1), 2),
    "depthwise, stride": ((1, 2, 3, 3), (2, 1, 2, 2), (2, 1), ((0, 0), (1, 1)), (1, 1), 2),
    "1d": ((2, 2, 4), (2, 2, 2), (1,), ((1, 1),), (1,), 1),
}


def differentiated(name, dtype=np.float64):
    x, w, stride, padding, dilation, groups = DIFFERENTIATED[name]
    form = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    arrays = [numbers(*x, dtype=dtype), numbers(*w, dtype=dtype), numbers(w[0], dtype=dtype)]
    return *(refnn.tensor(a, requires_grad=True) for a in arrays), form


def check_twice(function, *arguments):
    assert gradcheck(function, arguments)
    assert gradgradcheck(function, arguments)


@pytest.mark.parametrize("name", DIFFERENTIATED)
def test_derivatives_of_conv(name):
    *arguments, form = differentiated(name)
    check_twice(lambda x, w, b: conv(x, w, b, **form), *arguments)


@pytest.mark.parametrize("name", DIFFERENTIATED)
def test_derivatives_of_the_transpose(name):
    x, w, b, form = differentiated(name)
    y = refnn.tensor(conv(x, w, b, **form).detach().numpy().copy("C"), requires_grad=True)
    bias = refnn.tensor(numbers(x.shape[1]), requires_grad=True)
    check_twice(lambda y, w, b: conv_transpose(y, w, b, size=x.shape[2:], **form), y, w, bias)


@pytest.mark.parametrize("name", DIFFERENTIATED)
def test_derivatives_of_the_weights_gradient(name):
    x, w, b, form = differentiated(name)
    y = refnn.tensor(conv(x, w, b, **form).detach().numpy().copy("C"), requires_grad=True)
    check_twice(lambda x, y: conv_weight(x, y, kernel=w.shape[2:], **form), x, y)


def test_derivatives_of_complex_numbers():
    *arguments, form = differentiated("2d", np.complex128)
    assert gradcheck(lambda x, w, b: conv(x, w, b, **form), arguments)


def test_derivative_of_channel_sum():
    x = refnn.tensor(numbers(2, 3, 2, 2), requires_grad=True)
    np.testing.assert_allclose(channel_sum(x).detach().numpy(), x.detach().numpy().sum((0, 2, 3)))
    check_twice(channel_sum, x)


@pytest.mark.parametrize("name", CASES)
def test_the_three_are_one_trilinear_form(name):
    """⟨g, conv(x, w)⟩ = ⟨conv_transpose(g, w), x⟩ = ⟨conv_weight(x, g), w⟩."""
    x, w, _, form = case(name)
    y = conv(x, w, None, **form)
    g = numbers(*y.shape, seed=1)
    value = np.sum(g * y)
    np.testing.assert_allclose(np.sum(conv_transpose(g, w, None, size=x.shape[2:], **form) * x), value)
    np.testing.assert_allclose(np.sum(conv_weight(x, g, kernel=w.shape[2:], **form) * w), value)


def test_only_the_gradients_that_are_asked_for_are_computed(monkeypatch):
    import refnn.ops.conv as module

    x, w, _b, form = case("2d")
    called = []
    for name in ("conv_transpose", "conv_weight", "channel_sum"):
        monkeypatch.setattr(module, name, lambda *a, name=name, **k: called.append(name))
    module._conv_rule(numbers(2, 4, 3, 4), x, w, (False, True, False), **form)
    assert called == ["conv_weight"]


@pytest.mark.parametrize(
    "x, w, groups",
    [((0, 3, 5, 5), (4, 3, 3, 3), 1), ((0, 4, 5, 5), (4, 1, 3, 3), 4), ((2, 3, 5, 5), (0, 3, 3, 3), 1)],
)
def test_nothing_to_convolve(x, w, groups):
    form = {"stride": (1, 1), "padding": ((1, 1), (1, 1)), "dilation": (1, 1), "groups": groups}
    x, w, b = (refnn.tensor(numbers(*s), requires_grad=True) for s in (x, w, (w[0],)))
    y = conv(x, w, b, **form)
    assert y.shape == (x.shape[0], w.shape[0], 5, 5)
    for a, g in zip((x, w, b), refnn.autograd.grad(y.sum(), (x, w, b)), strict=True):
        assert g.shape == a.shape
        assert not g.numpy().any()


def test_the_result_is_channels_last():
    x, w, b, form = case("2d")
    y = conv(x, w, b, **form)
    assert np.moveaxis(y, 1, -1).flags.c_contiguous


# Fast paths beside the plain one ------------------------------------------------------------------------


def random_shapes(count):
    rng = np.random.default_rng(3)
    for _ in range(count):
        n, c, o = rng.integers(1, 5), rng.integers(1, 7), rng.integers(1, 7)
        height, width = rng.integers(5, 12, 2)
        pads = tuple(tuple(int(p) for p in rng.integers(-1, 5, 2)) for _ in range(2))
        yield (n, c, height, width), o, pads


@pytest.mark.parametrize("block", [1, 40, 250, 1 << 15])
@pytest.mark.parametrize("winograd", [_winograd, _winograd_rows])
def test_winograd_equals_columns(monkeypatch, winograd, block):
    monkeypatch.setattr(winograd, "BLOCK", block)
    for shape, out, pads in random_shapes(25):
        x, w, b = np.moveaxis(numbers(*shape), 1, -1), numbers(out, shape[1], 3, 3), numbers(out)
        windows = Windows((3, 3), (1, 1), pads, (1, 1))
        exchanged = numbers(shape[1], out, 3, 3).swapaxes(0, 1)
        for kernel in (w, w[..., ::-1, ::-1], exchanged, exchanged[..., ::-1, ::-1], w[..., ::-1]):  # however it lies
            plain = _im2col.forward(x, kernel, b, windows, 1)
            np.testing.assert_allclose(winograd.forward(x, kernel, b, windows), plain, rtol=1e-10, atol=1e-12)
        g = numbers(*plain.shape)
        slow = _im2col.weight_gradient(x, g, windows, 1)
        np.testing.assert_allclose(winograd.weight_gradient(x, g, windows), slow, rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize("block", [1, 300, 1 << 17])
def test_depthwise_equals_columns(monkeypatch, block):
    monkeypatch.setattr(_depthwise, "BLOCK", block)
    for shape, out, pads in random_shapes(25):
        c = shape[1]
        x, w, b = np.moveaxis(numbers(*shape), 1, -1), numbers(c, 1, 3, 2), numbers(c)
        windows = Windows((3, 2), (1 + out % 2, 1 + out % 3), pads, (1, 1 + out % 2))
        plain = _im2col.forward(x, w, b, windows, c)
        np.testing.assert_allclose(_depthwise.forward(x, w, b, windows), plain, rtol=1e-10, atol=1e-12)
        g = numbers(*plain.shape)
        plain = _im2col.weight_gradient(x, g, windows, c)
        np.testing.assert_allclose(_depthwise.weight_gradient(x, g, windows), plain, rtol=1e-10, atol=1e-11)
        plain = _im2col.input_gradient(g, w, shape[2:], windows, c)
        fast = _depthwise.input_gradient(g, w, shape[2:], windows)
        np.testing.assert_allclose(fast, plain, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("shape", [(2, 3, 5, 4), (3, 16, 20, 30), (2, 16, 16, 16), (2, 40, 300), (1, 9, 7, 8, 20)])
@pytest.mark.parametrize("first", [(True, True), (True, False), (False, True), (False, False)])
def test_images_are_copied_between_layouts(shape, first):
    source, target = (
        np.moveaxis(numbers(*shape, seed=k), 1, -1) if f else numbers(shape[0], *shape[2:], shape[1], seed=k)
        for k, f in enumerate(first)
    )
    copy_images(target, source)
    np.testing.assert_array_equal(target, source)


@pytest.mark.parametrize("small", [1, 100, 10**6])
@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("many", [1, 7, 60])
def test_products_in_pieces(monkeypatch, small, groups, many):
    monkeypatch.setattr(_pieces, "SMALL", small)
    monkeypatch.setattr(_pieces, "LEAST", 1)
    a, b = numbers(groups, many, 5), numbers(groups, 3, 5).swapaxes(1, 2)
    out = np.full((many, groups, 3), np.nan).swapaxes(0, 1)
    _pieces.by_rows(a, _pieces.right(b), out)
    np.testing.assert_allclose(out, np.einsum("gtk,gkn->gtn", a, b))


@pytest.mark.parametrize("block", [64, 3000])
@pytest.mark.parametrize("few, columns", [(0, 0), (100, 0), (0, 1000)])
@pytest.mark.parametrize("name", CASES)
def test_columns_of_every_layout_and_block(monkeypatch, name, few, columns, block):
    for limit in ("FEW_CHANNELS", "FEW_GROUPED_CHANNELS"):
        monkeypatch.setattr(_im2col, limit, few)
    for limit in ("FEW_COLUMNS", "FEW_COLUMNS_ADDED"):
        monkeypatch.setattr(_im2col, limit, columns)
    monkeypatch.setattr(_im2col, "BLOCK", block)
    x, w, b, form = case(name)
    windows = Windows(w.shape[2:], form["stride"], form["padding"], form["dilation"])
    y = _im2col.forward(np.moveaxis(x, 1, -1), w, b, windows, form["groups"])
    np.testing.assert_allclose(y, np.moveaxis(expected(name), 1, -1), rtol=1e-12, atol=1e-12)
    g = numbers(*y.shape, seed=2)
    linear = np.sum(g * (y - b))
    dx = _im2col.input_gradient(g, w, x.shape[2:], windows, form["groups"])
    np.testing.assert_allclose(np.sum(np.moveaxis(dx, -1, 1) * x), linear)
    dw = _im2col.weight_gradient(np.moveaxis(x, 1, -1), g, windows, form["groups"])
    np.testing.assert_allclose(np.sum(dw * w), linear)


def test_large_convolutions_take_winograd(monkeypatch):
    taken = []
    monkeypatch.setattr(_winograd, "forward", lambda *a: taken.append("both dimensions"))
    monkeypatch.setattr(_winograd_rows, "forward", lambda *a: taken.append("rows"))
    form = {"stride": (1, 1), "padding": ((1, 1), (1, 1)), "dilation": (1, 1), "groups": 1}
    conv(numbers(4, 64, 8, 8), numbers(64, 64, 3, 3), None, **form)
    conv(numbers(4, 96, 8, 8), numbers(96, 96, 3, 3), None, **form)
    assert taken == ["rows", "both dimensions"]
    conv(numbers(4, 8, 8, 8), numbers(8, 8, 3, 3), None, **form)
    conv(numbers(3, 64, 8, 8), numbers(64, 64, 3, 3), None, **form)
    conv(numbers(4, 64, 8, 8), numbers(64, 64, 3, 3), None, **{**form, "stride": (2, 2)})
    assert len(taken) == 2


@pytest.mark.parametrize("special", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("channels", [64, 128])
def test_infinities_and_nan_stay_in_their_windows(special, channels):
    """Winograd's tiles would spread them."""
    x, w = numbers(4, channels, 8, 8), numbers(64, channels, 3, 3)
    x[:, 5, 3, 4] = special
    form = {"stride": (1, 1), "padding": ((1, 1), (1, 1)), "dilation": (1, 1), "groups": 1}
    finite = np.isfinite(conv(*map(refnn.tensor, (x, w)), None, **form).numpy()).all((0, 1))
    untouched = np.ones((8, 8), bool)
    untouched[2:5, 3:6] = False
    np.testing.assert_array_equal(finite, untouched)
    g = numbers(4, 64, 8, 8)
    g[0, 2, 0, 0] = special
    dw = conv_weight(*map(refnn.tensor, (numbers(4, channels, 8, 8), g)), kernel=(3, 3), **form)
    finite = np.isfinite(dw.numpy()).all((1, 2, 3))
    np.testing.assert_array_equal(finite, np.arange(64) != 2)


@pytest.mark.parametrize("winograd", [_winograd, _winograd_rows])
def test_winograd_in_single_precision_is_as_exact_as_the_sum(winograd):
    x, w = numbers(2, 64, 16, 16), numbers(64, 64, 3, 3) / 24
    windows = Windows((3, 3), (1, 1), ((1, 1), (1, 1)), (1, 1))
    last = np.moveaxis(x, 1, -1)
    exact = _im2col.forward(last, w, None, windows, 1)
    single = [a.astype(np.float32) for a in (last, w)]
    error = [
        np.sqrt(np.mean((y - exact) ** 2))
        for y in (winograd.forward(*single, None, windows), _im2col.forward(*single, None, windows, 1))
    ]
    assert error[0] <= 1.5 * error[1]


DIVIDED = {
    "Winograd": ((5, 96, 9, 8), (97, 96, 3, 3), (1, 1), 1),
    "Winograd, strips": ((3, 96, 31, 40), (96, 96, 3, 3), (1, 1), 1),
    "Winograd, channels": ((1, 96, 18, 17), (97, 96, 3, 3), (1, 1), 1),
    "Winograd by rows": ((5, 64, 9, 8), (65, 64, 3, 3), (1, 1), 1),
    "Winograd by rows, strips": ((1, 32, 31, 40), (64, 32, 3, 3), (1, 1), 1),
    "columns, channels": ((2, 64, 6, 6), (100, 64, 3, 3), (2, 2), 1),
    "columns, channels, few places": ((2, 64, 6, 6), (100, 64, 3, 3), (1, 1), 1),
    "columns": ((7, 8, 20, 20), (6, 8, 3, 3), (2, 1), 1),
    "columns, strips": ((3, 16, 35, 30), (6, 16, 3, 3), (1, 2), 1),
    "few channels": ((6, 1, 30, 30), (8, 1, 5, 5), (1, 1), 1),
    "groups": ((7, 40, 12, 12), (6, 20, 3, 3), (1, 1), 2),
    "pointwise": ((6, 64, 20, 20), (7, 64, 1, 1), (1, 1), 1),
    "depthwise": ((6, 32, 20, 20), (32, 1, 3, 3), (1, 1), 32),
    "depthwise, stride": ((6, 8, 33, 33), (8, 1, 3, 3), (2, 2), 8),
    "1d": ((9, 8, 300), (6, 8, 5), (1,), 1),
}


@pytest.mark.parametrize("name", DIVIDED)
@pytest.mark.parametrize("layout", ["channels first", "channels last"])
def test_threads_give_what_one_gives(name, layout, monkeypatch, one_threaded_blas):
    x_shape, w_shape, stride, groups = DIVIDED[name]
    rank = len(stride)
    form = {"stride": stride, "padding": ((1, 1),) * rank, "dilation": (1,) * rank, "groups": groups}
    if name == "pointwise":
        form["padding"] = ((0, 0),) * rank
    x, w = LAYOUTS[layout](numbers(*x_shape, dtype=np.float32)), numbers(*w_shape, dtype=np.float32)
    bias = numbers(w_shape[0], dtype=np.float32)
    dealt = []
    for kernels, block in ((_winograd, 1 << 11), (_winograd_rows, 1 << 12), (_im2col, 1 << 15), (_depthwise, 1 << 12)):
        monkeypatch.setattr(kernels, "BLOCK", block)

    def run(threads):
        deal = _threads.deal
        monkeypatch.setattr(_threads, "_count", threads)
        monkeypatch.setattr(_threads, "deal", lambda *args: dealt.append(deal(*args)) or dealt[-1])
        y = conv(x, w, bias, **form)
        g = np.cos(np.arange(y.size, dtype=np.float32)).reshape(y.shape)
        results = y, conv_transpose(g, w, None, size=x_shape[2:], **form), conv_weight(x, g, kernel=w_shape[2:], **form)
        monkeypatch.setattr(_threads, "deal", deal)
        return results

    alone = run(1)
    assert {len(parts) for parts in dealt} == {1}
    dealt.clear()
    divided = run(3)
    assert min(len(parts) for parts in dealt) > 1
    for one, three in zip(alone, divided, strict=True):
        np.testing.assert_allclose(one, three, rtol=0, atol=1e-6 * np.abs(one).max())


@pytest.mark.parametrize("impartial", [True, False])
@pytest.mark.parametrize(
    "x_shape, w_shape, stride",
    [((2, 1, 30, 31), (32, 1, 5, 5), 1), ((3, 3, 40, 9), (1, 3, 3, 3), 1), ((2, 4, 150, 150), (7, 4, 7, 7), 2)],
)
def test_flat_regions_stay_flat(x_shape, w_shape, stride, impartial, monkeypatch):
    """Equal windows give equal results, so that pooling sees ties in an image's background."""
    if not impartial:
        monkeypatch.setattr(_im2col, "_impartial", lambda *form: False)
    x = np.full(x_shape, 0.7, np.float32)
    w, bias = numbers(*w_shape, dtype=np.float32), numbers(w_shape[0], dtype=np.float32)
    y = conv(x, w, bias, stride=(stride,) * 2, padding=((0, 0),) * 2, dilation=(1, 1), groups=1)
    np.testing.assert_array_equal(y, np.broadcast_to(y[:1, :, :1, :1], y.shape))
    expected = 0.7 * w.astype(float).sum((1, 2, 3)) + bias
    np.testing.assert_allclose(y[0, :, 0, 0], expected, rtol=0, atol=2e-5)


def test_a_product_that_depends_on_the_place_is_noticed(monkeypatch):
    _im2col._impartial.cache_clear()
    assert _im2col._impartial(50, 9, 4, np.dtype(np.float64))
    monkeypatch.setattr(np, "repeat", lambda column, count, axis: np.ones((len(column), count), column.dtype).cumsum(1))
    assert not _im2col._impartial(50, 9, 4, np.dtype(np.float32))
    _im2col._impartial.cache_clear()
