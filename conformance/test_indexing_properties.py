"""x[key] and x[key] = value against torch, on shapes, keys and values that hypothesis draws: wrong ones too."""

import warnings

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import refnn

INTEGERS = ("int64", "int32")
ZERO_DIM = ("int8", "int16", "int32", "int64")
KINDS = ("int", "slice", "none", "ellipsis", "bool", "zero-dim", "tensor", "mask", "bytes", "list", "numpy")


def build(lib, part):
    """One part of a key, in one library."""
    kind, value = part
    if kind in ("tensor", "mask", "bytes", "zero-dim"):
        return lib.from_numpy(value.copy())
    return value


def build_key(lib, parts, wrapped):
    built = [build(lib, part) for part in parts]
    return tuple(built) if wrapped or len(built) != 1 else built[0]


@st.composite
def parts_for(draw, shape):
    """The parts of a key for a shape. One in eight goes out of range, or has too many parts."""
    wrong = draw(st.integers(0, 7)) == 0
    parts, at, seen = [], 0, False
    broadcast = draw(st.sampled_from([(2,), (1,), (2, 2), ()]))
    for _ in range(draw(st.integers(0, len(shape) + 1 + wrong))):
        kind = draw(st.sampled_from(KINDS))
        n = shape[at] if at < len(shape) else 1
        if at >= len(shape) and kind not in ("none", "ellipsis", "bool") and not wrong:
            break
        low, high = (-n - 2, n + 1) if wrong else (-n, n - 1)
        if kind in ("int", "zero-dim", "tensor", "list", "numpy") and (n == 0 and not wrong):
            kind = "slice"
        if kind == "ellipsis":
            if seen:
                continue
            seen = True
            rest = draw(st.integers(0, len(shape) - at)) if at < len(shape) else 0
            parts.append((kind, Ellipsis))
            at = max(at, len(shape) - rest) if rest else at
            if rest:
                for _ in range(rest):  # what stands after it is counted from the end
                    m = shape[at] if at < len(shape) else 1
                    parts.append(("int", draw(st.integers(-m, m - 1))) if m else ("slice", slice(None)))
                    at += 1
            break
        if kind == "none":
            parts.append((kind, None))
            continue
        if kind == "bool":
            parts.append((kind, draw(st.booleans())))
            continue
        if kind in ("mask", "bytes"):
            rank = draw(st.integers(0, min(2, len(shape) - at))) if at < len(shape) else 0
            sizes = shape[at : at + rank]
            bits = np.array(draw(st.lists(st.booleans(), min_size=int(np.prod(sizes)), max_size=int(np.prod(sizes)))))
            mask = bits.reshape(sizes).astype(np.bool_ if kind == "mask" else np.uint8)
            if wrong and rank:
                mask = np.concatenate([mask, mask[:1]]) if len(mask) else np.ones((1, *mask.shape[1:]), mask.dtype)
            parts.append((kind, mask))
            at += rank
            continue
        if kind == "int":
            parts.append((kind, draw(st.integers(low, high))))
        elif kind == "zero-dim":
            parts.append((kind, np.array(draw(st.integers(low, high)), draw(st.sampled_from(ZERO_DIM)))))
        elif kind == "slice":
            end = st.one_of(st.none(), st.integers(-4, 4))
            parts.append((kind, slice(draw(end), draw(end), draw(st.sampled_from([None, 1, 2, 3])))))
        else:
            size = int(np.prod(broadcast))
            places = draw(st.lists(st.integers(low, high), min_size=size, max_size=size))
            array = np.array(places, draw(st.sampled_from(INTEGERS))).reshape(broadcast)
            parts.append((kind, array.tolist() if kind == "list" and array.ndim else array))
        at += 1
    return parts


@st.composite
def cases(draw):
    shape = tuple(draw(st.lists(st.integers(0, 3), max_size=4)))
    return shape, draw(parts_for(shape)), draw(st.booleans())


def start(lib, shape, grad):
    x = lib.from_numpy(np.arange(float(np.prod(shape))).reshape(shape))
    return x.requires_grad_() if grad else x


def attempt(function, *args):
    """(the result, None), or (None, the error's type and text)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return function(*args), None
        except (IndexError, RuntimeError, TypeError, ValueError) as error:
            return None, (type(error), str(error))


def same(found, expected):
    assert tuple(found.shape) == tuple(expected.shape)
    assert str(found.dtype) == str(expected.dtype)
    np.testing.assert_array_equal(found.detach().numpy(), expected.detach().numpy())


def name(tensor):
    """What torch prints in grad_fn=<…>."""
    return tensor.grad_fn.name().removeprefix("torch::autograd::")


def gradient(lib, y, leaf, seed):
    g = np.random.default_rng(seed).standard_normal(tuple(y.shape))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's rules index with the same masks of bytes
        return _gradient(lib, y, leaf, g)


def _gradient(lib, y, leaf, g):
    return lib.autograd.grad(y, leaf, lib.from_numpy(np.asarray(g)), allow_unused=True, retain_graph=True)[0]


@settings(max_examples=600, deadline=None)
@given(cases())
def test_reading(case):
    """Values, dtypes, errors, what is a view, what grad_fn prints, the gradient."""
    shape, parts, wrapped = case
    results = []
    for lib in (torch, refnn):
        x = start(lib, shape, True)
        results.append((x, *attempt(lambda x=x, lib=lib: x[build_key(lib, parts, wrapped)])))
    (tx, expected, wanted), (rx, found, got) = results
    assert got == wanted
    if wanted is not None:
        return
    same(found, expected)
    assert found._is_view() == expected._is_view()
    assert found.grad_fn.name() == name(expected)
    same(gradient(refnn, found, rx, 1), gradient(torch, expected, tx, 1))


VALUES = ("number", "integer", "zero-dim", "ones", "full", "last", "unfitting", "float32")


def value_for(lib, kind, shape):
    """A value for a place of a shape."""
    if kind in ("number", "integer"):
        return -1.5 if kind == "number" else 7
    sizes = {"zero-dim": (), "ones": (1,) * (len(shape) + 1), "last": shape[-1:], "unfitting": (*shape, 5)}
    size = sizes.get(kind, shape)
    dtype = np.float32 if kind == "float32" else np.float64
    return lib.from_numpy(np.asarray(100 + np.arange(float(np.prod(size))).reshape(size), dtype))


@settings(max_examples=600, deadline=None)
@given(cases(), st.sampled_from(VALUES), st.sampled_from(["plain", "value", "both"]))
def test_writing(case, kind, recorded):
    """Values, errors, gradients of the tensor and of what is written, the version counter."""
    shape, parts, wrapped = case
    place, _ = attempt(lambda: start(torch, shape, False)[build_key(torch, parts, wrapped)])
    size = () if place is None else tuple(place.shape)
    results = []
    for lib in (torch, refnn):
        leaf = start(lib, shape, recorded == "both")
        value = value_for(lib, kind, size)
        if recorded != "plain" and isinstance(value, lib.Tensor):
            value.requires_grad_()
        x = leaf * 1
        before = x._version

        def write(lib=lib, x=x, value=value):
            x[build_key(lib, parts, wrapped)] = value

        _, error = attempt(write)
        results.append((lib, leaf, value, x, x._version - before, error))
    torch_side, refnn_side = results
    assert refnn_side[-1] == torch_side[-1]
    if torch_side[-1] is not None:  # torch may have written a part by then
        same(refnn_side[3], start(refnn, shape, False))
        assert refnn_side[4] == 0
        return
    same(refnn_side[3], torch_side[3])
    assert (refnn_side[4] > 0) == (torch_side[4] > 0)
    if not torch_side[3].requires_grad:
        return
    assert refnn_side[3].grad_fn.name() == torch_side[3].grad_fn.name()
    for k in (1, 2):
        if isinstance(torch_side[k], torch.Tensor) and torch_side[k].requires_grad:
            found, expected = (gradient(s[0], s[3], s[k], 2) for s in (refnn_side, torch_side))
            assert (found is None) == (expected is None)
            if expected is not None:
                np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-6)
                assert str(found.dtype) == str(expected.dtype)


@settings(max_examples=200, deadline=None)
@given(st.data(), st.booleans())
def test_index_put(data, accumulate):
    """Repeated places add up; gradients of both."""
    shape = tuple(data.draw(st.lists(st.integers(1, 3), min_size=1, max_size=3)))
    n = data.draw(st.integers(1, len(shape)))
    indices = [np.array(data.draw(st.lists(st.integers(-m, m - 1), min_size=3, max_size=3))) for m in shape[:n]]
    if not accumulate:  # which of several values a place keeps is not defined
        indices = [i[:1] for i in indices]
    size = (len(indices[0]), *shape[n:])
    results = []
    for lib in (torch, refnn):
        x, v = start(lib, shape, True), (start(lib, size, True) * 0.5 + 1).detach().requires_grad_()
        y = lib.index_put(x, tuple(lib.from_numpy(i) for i in indices), v, accumulate)
        inplace = (x * 1).index_put_(tuple(lib.from_numpy(i) for i in indices), v, accumulate)
        results.append((y, inplace, gradient(lib, y, x, 3), gradient(lib, inplace, v, 4)))
    for expected, found in zip(*results, strict=True):
        same(found, expected)
