"""Conv2d and its relatives against torch, on shapes and options that hypothesis draws."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import refnn
from refnn.testing.conformance.convert import tensor_from

SETTINGS = settings(max_examples=150, deadline=None)
BOUND = {"float32": (1e-4, 1e-4), "float64": (1e-9, 1e-9)}


def sizes(low, high):
    return st.tuples(st.integers(low, high), st.integers(low, high))


@st.composite
def layers(draw):
    """(arguments of Conv2d, shape of an input that holds its kernel)"""
    groups = draw(st.integers(1, 4))
    channels, out = groups * draw(st.integers(1, 6)), groups * draw(st.integers(1, 4))
    kernel, dilation = draw(sizes(1, 4)), draw(sizes(1, 3))
    reach = [d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]
    mode = draw(st.sampled_from(["zeros", "reflect", "replicate", "circular"]))
    named = draw(st.sampled_from([None, None, "same", "valid"]))
    stride = (1, 1) if named == "same" else draw(sizes(1, 3))
    padding = named or draw(sizes(0, 3))
    needed = [0, 0] if named == "valid" else [(r + 1) // 2 for r in reach] if named else padding
    # A reflection is narrower than the image, and so is going round.
    least = [p + 1 for p in needed] if mode != "zeros" else [1, 1]
    size = [
        max(low, r - 2 * p * (named is None)) + draw(st.integers(0, 5))
        for low, r, p in zip(least, reach, needed, strict=True)
    ]
    arguments = {
        "in_channels": channels, "out_channels": out, "kernel_size": kernel, "stride": stride, "padding": padding,
        "dilation": dilation, "groups": groups, "bias": draw(st.booleans()), "padding_mode": mode,
    }  # fmt: skip
    batch = draw(st.sampled_from([(), (0,), (1,), (2,), (3,)]))
    return arguments, (*batch, channels, *size)


LAYOUTS = [
    lambda x: x,
    lambda x: np.moveaxis(np.ascontiguousarray(np.moveaxis(x, -3, -1)), -1, -3),
    lambda x: np.repeat(x, 2, -1)[..., ::2],
    lambda x: np.flip(np.flip(x, -2).copy(), -2),
    lambda x: np.swapaxes(np.swapaxes(x, -1, -2).copy(), -1, -2),
]


def run(library, make, arguments, state, x, g, dtype):
    """Output, gradients, and the gradients of a function of the gradients."""
    layer = make(**arguments, dtype=getattr(library, dtype))
    layer.load_state_dict({name: library.from_numpy(value.copy()) for name, value in state.items()})
    x = tensor_from(library, x, requires_grad=True)
    y = layer(x)
    inputs = [x, *layer.parameters()]
    first = library.autograd.grad(y, inputs, library.from_numpy(g(tuple(y.shape))), create_graph=True)
    second = library.autograd.grad(sum((a**2).sum() for a in first), inputs, allow_unused=True)
    second = [library.zeros_like(a) if b is None else b for a, b in zip(inputs, second, strict=True)]
    return [a.detach().numpy() for a in (y, *first, *second)]


def compare(kind, arguments, shape, dtype, layout, seed):
    rng = np.random.default_rng(seed)
    template = getattr(torch.nn, kind)(**arguments)
    state = {name: rng.standard_normal(p.shape).astype(dtype) for name, p in template.named_parameters()}
    x = rng.standard_normal(shape).astype(dtype)

    def cotangent(shape):
        return np.random.default_rng(seed).standard_normal(shape).astype(dtype)

    expected = run(torch, getattr(torch.nn, kind), arguments, state, x, cotangent, dtype)
    got = run(refnn, getattr(refnn.nn, kind), arguments, state, layout(x), cotangent, dtype)
    rtol, atol = BOUND[dtype]
    for a, b in zip(got, expected, strict=True):
        assert a.dtype == b.dtype
        assert a.shape == b.shape
        scale = max(1.0, float(np.abs(b).max(initial=0)))
        np.testing.assert_allclose(a, b, rtol=rtol, atol=atol * scale)


@SETTINGS
@given(layers(), st.sampled_from(["float32", "float64"]), st.sampled_from(LAYOUTS), st.integers(0, 2**32 - 1))
def test_conv2d(layer, dtype, layout, seed):
    compare("Conv2d", *layer, dtype, layout, seed)


@st.composite
def transposes(draw):
    groups = draw(st.integers(1, 3))
    channels, out = groups * draw(st.integers(1, 4)), groups * draw(st.integers(1, 6))
    kernel, stride, dilation = draw(sizes(1, 4)), draw(sizes(1, 3)), draw(sizes(1, 3))
    extra = tuple(draw(st.integers(0, s - 1)) for s in stride)
    size = draw(sizes(1, 5))
    made = [
        (n - 1) * s + d * (k - 1) + e + 1 for n, s, d, k, e in zip(size, stride, dilation, kernel, extra, strict=True)
    ]
    padding = tuple(draw(st.integers(0, min(3, (n - 1) // 2))) for n in made)
    arguments = {
        "in_channels": channels, "out_channels": out, "kernel_size": kernel, "stride": stride, "padding": padding,
        "output_padding": extra, "groups": groups, "bias": draw(st.booleans()), "dilation": dilation,
    }  # fmt: skip
    batch = draw(st.sampled_from([(), (1,), (2,)]))
    return arguments, (*batch, channels, *size)


@SETTINGS
@given(transposes(), st.sampled_from(["float32", "float64"]), st.sampled_from(LAYOUTS), st.integers(0, 2**32 - 1))
def test_conv_transpose2d(layer, dtype, layout, seed):
    compare("ConvTranspose2d", *layer, dtype, layout, seed)


@SETTINGS
@given(
    st.integers(1, 2),
    st.sampled_from([32, 48, 64]),
    st.sampled_from([64, 80]),
    sizes(3, 9),
    sizes(0, 2),
    st.sampled_from(["float32", "float64"]),
    st.integers(0, 2**32 - 1),
)
def test_conv2d_of_many_channels(batch, channels, out, size, padding, dtype, seed):
    """Where Winograd's form is taken."""
    arguments = {"in_channels": channels, "out_channels": out, "kernel_size": 3, "padding": padding}
    compare("Conv2d", arguments, (batch, channels, *size), dtype, lambda x: x, seed)


# Wrong calls --------------------------------------------------------------------------------------------

SMALL = st.integers(-2, 4)


@st.composite
def calls(draw):
    """Arguments of conv2d, mostly wrong somewhere."""
    shape = draw(st.lists(st.integers(0, 5), min_size=2, max_size=5))
    weight = draw(st.lists(st.integers(1, 4), min_size=2, max_size=5))
    if draw(st.booleans()) and len(shape) > 1:  # often, let the channels fit
        shape[-3 if len(shape) > 2 else 0] = weight[1]
    options = {}
    for name in ("stride", "padding", "dilation"):
        if draw(st.booleans()):
            options[name] = draw(SMALL | st.lists(SMALL, max_size=3) | st.sampled_from(["same", 1.5, None]))
    if draw(st.booleans()):
        options["groups"] = draw(st.integers(-1, 3) | st.sampled_from([1.5, "1"]))
    bias = draw(st.none() | st.lists(st.integers(1, 4), max_size=2))
    dtypes = draw(st.sampled_from([("float64",) * 3, ("float64",) * 3, ("float64", "float32", "float64"),
                                   ("int64", "float64", "float64"), ("float64", "float64", "float32")]))  # fmt: skip
    return shape, weight, bias, dtypes, options


def outcome(library, shape, weight, bias, dtypes, options):
    tensors = [
        None if size is None else library.ones(size, dtype=getattr(library, dtype))
        for size, dtype in zip((shape, weight, bias), dtypes, strict=True)
    ]
    try:
        return tuple(library.nn.functional.conv2d(*tensors, **options).shape)
    except Exception as error:
        return type(error).__name__, str(error)


@settings(max_examples=600, deadline=None)
@given(calls())
def test_wrong_calls_of_conv2d(call):
    assert outcome(refnn, *call) == outcome(torch, *call)
