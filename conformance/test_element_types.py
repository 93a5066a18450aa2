"""Functions and operators over all dtypes: value and dtype, or the error and its text, as torch's.

complex32 is left out, which refnn lacks: half precision beside a complex number.
"""

import itertools
import operator
import warnings

import numpy as np
import pytest

import refnn

torch = pytest.importorskip("torch")

DTYPES = (
    "bool", "uint8", "int8", "int16", "int32", "int64", "uint16", "uint32", "uint64",
    "float16", "bfloat16", "float32", "float64", "complex64", "complex128",
)  # fmt: skip
NUMBERS = {"int": 2, "float": 1.5, "truth": True, "complex": 1j}
UNARY = """
exp exp2 expm1 log log2 log10 log1p sqrt rsqrt reciprocal square sin cos tan asin acos atan sinh cosh asinh acosh atanh
tanh sigmoid relu abs sign sgn floor ceil trunc frac neg positive round nan_to_num isnan isinf isfinite isreal isposinf
isneginf signbit logical_not bitwise_not erf erfc erfinv lgamma digamma logit sinc i0 deg2rad rad2deg angle conj
conj_physical real imag sum nansum mean nanmean prod max min amax amin aminmax argmax argmin any all var std median
nanmedian mode sort argsort nonzero count_nonzero frexp msort bincount norm clone diff corrcoef cov
""".split()  # noqa: SIM905
ALONG = {
    "softmax": (0,), "logsumexp": (0,), "cumsum": (0,), "cumprod": (0,), "cummax": (0,), "cummin": (0,), "topk": (2,),
    "kthvalue": (1,), "flip": ((0,),),
}  # fmt: skip
MATRIX = ("tril", "triu", "trace")
BINARY = """
add sub mul div floor_divide true_divide remainder fmod pow maximum minimum fmax fmin atan2 eq ne lt le gt ge
logical_and logical_or logical_xor bitwise_and bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift hypot
copysign logaddexp logaddexp2 xlogy nextafter gcd lcm heaviside float_power rsub clamp clamp_min clamp_max
""".split()  # noqa: SIM905
PRODUCTS = ("dot", "inner", "outer", "kron", "mm", "mv", "matmul", "bmm", "cross", "dist", "allclose", "equal")
THREE = ("lerp", "where")
OPERATORS = """
and_ or_ xor lshift rshift mod floordiv truediv pow sub add matmul lt
iadd isub imul itruediv ifloordiv imod ipow iand ior ixor ilshift irshift
""".split()  # noqa: SIM905
SIGNS = ("invert", "neg", "pos", "abs")


def values(lib, dtype, which=0):
    numbers = ([3, 1, 2], [2, 5, 1])[which]
    if dtype == "bool":
        numbers = ([1, 0, 1], [1, 1, 0])[which]
    elif dtype.startswith("complex"):
        numbers = ([0.5 + 1j, 1, 2 - 1j], [2 + 0.5j, 1, 1j])[which]
    elif "float" in dtype:
        numbers = ([0.5, -1.5, 2.0], [1.25, 0.5, 3.0])[which]
    return lib.tensor(numbers, dtype=getattr(lib, dtype))


def second(lib, kind):
    return NUMBERS[kind] if kind in NUMBERS else values(lib, kind, 1)


def shaped(lib, name, x, y):
    """The operands of a product, in the shapes that it takes."""
    square = {"mm": (1, 1), "matmul": (1, 1), "mv": (1, 0), "bmm": (2, 2)}.get(name, (0, 0))
    for depth in range(2):
        x = lib.stack([x, x, x]) if square[0] > depth else x
        y = lib.stack([y, y, y]) if square[1] > depth else y
    return x, y


def unary(name):
    for dtype in DTYPES:

        def call(lib, dtype=dtype):
            x = values(lib, dtype)
            return getattr(lib, name)(lib.stack([x, x]) if name in MATRIX else x, *ALONG.get(name, ()))

        yield dtype, call
        if hasattr(torch.Tensor, f"{name}_"):
            in_place = lambda lib, dtype=dtype: getattr(values(lib, dtype), f"{name}_")(*ALONG.get(name, ()))  # noqa: E731
            if name not in MATRIX:
                yield f"{dtype} in place", in_place


def pairs(others):
    return ((a, b) for a in DTYPES for b in dict.fromkeys((a, *others)) if (a, b) != ("float16", "complex"))


def binary(name):
    for a, b in pairs((*NUMBERS, "float32", "int64")):
        yield f"{a} {b}", lambda lib, a=a, b=b: getattr(lib, name)(values(lib, a), second(lib, b))
        if hasattr(torch.Tensor, f"{name}_"):
            yield f"{a} {b} in place", lambda lib, a=a, b=b: getattr(values(lib, a), f"{name}_")(second(lib, b))


def products(name):
    for a, b in pairs(("float32", "int64")):
        yield f"{a} {b}", lambda lib, a=a, b=b: getattr(lib, name)(*shaped(lib, name, values(lib, a), second(lib, b)))


def three(name):
    for a, b in pairs(("float32", "int64")):

        def call(lib, a=a, b=b):
            x, y = values(lib, a), second(lib, b)
            return lib.where(lib.tensor([True, False, True]), x, y) if name == "where" else lib.lerp(x, y, y)

        yield f"{a} {b}", call


def operators(name):
    apply = getattr(operator, name)
    for a, b in pairs(("int", "float", "truth", "float32", "int64")):
        yield f"{a} {b}", lambda lib, a=a, b=b: apply(values(lib, a), second(lib, b))
        if b in NUMBERS and not name.startswith("i"):
            yield f"{b} {a}", lambda lib, a=a, b=b: apply(NUMBERS[b], values(lib, a))


def signs(name):
    for dtype in DTYPES:
        yield dtype, lambda lib, dtype=dtype: getattr(operator, name)(values(lib, dtype))


LIMITS = (
    300, -1, -1.0, -0.5, 1.5, 255.5, 65504.0, 65519.0, 70000.0, 9.3e18, 3.395e38, 1e39, 1j, 0j, 1 + 1e39j,
    float("nan"), float("inf"),
)  # fmt: skip


def written(name):
    """A number that the dtype may not hold, put into a tensor."""

    def write(lib, dtype, value):
        x = values(lib, dtype)
        if name == "setitem":
            x[1] = value
            return x
        if name == "pad":
            return lib.nn.functional.pad(x, (1, 0), value=value)
        if name == "masked_fill":
            return x.masked_fill(lib.tensor([True, False, True]), value)
        return x.fill_(value) if name == "fill_" else lib.full((2,), value, dtype=x.dtype)

    for dtype in DTYPES:
        for value in LIMITS:
            if name != "pad" or not isinstance(value, complex):
                yield f"{dtype} {value}", lambda lib, dtype=dtype, value=value: write(lib, dtype, value)


FACTORS = {
    "add alpha": lambda lib, x, value: x.add(x, alpha=value),
    "add_ alpha": lambda lib, x, value: x.add_(x, alpha=value),
    "sub alpha": lambda lib, x, value: x.sub(x, alpha=value),
    "rsub alpha": lambda lib, x, value: lib.rsub(x, x, alpha=value),
    "pow": lambda lib, x, value: x.abs().pow(value),
    "pow_": lambda lib, x, value: x.abs().pow_(value),
    "clamp max": lambda lib, x, value: x.clamp(max=value),
    "lerp": lambda lib, x, value: x.lerp(x * x, value),
    "lerp_": lambda lib, x, value: x.lerp_(x * x, value),
    "addcmul": lambda lib, x, value: x.addcmul(x, x, value=value),
    "addcdiv": lambda lib, x, value: x.addcdiv(x, x, value=value),
    "addmm alpha": lambda lib, x, value: x[None].addmm(x[:2, None][:1], x[None], alpha=value),
    "addmm beta": lambda lib, x, value: x[None].addmm(x[:2, None][:1], x[None], beta=value),
    "addmv": lambda lib, x, value: lib.zeros_like(x).addmv(lib.ones_like(x)[:, None], x[:1], alpha=value),
    "addr alpha": lambda lib, x, value: x.addr(x, x, alpha=value),
    "addr_ beta": lambda lib, x, value: (x[:, None] * x).addr_(x, x, beta=value),
    "addbmm": lambda lib, x, value: x.addbmm(x[None, :1, None], x[None, None], alpha=value),
    "baddbmm": lambda lib, x, value: x.baddbmm(x[None, :1, None], x[None, None], beta=value),
    "logit": lambda lib, x, value: x.logit(value),
}
REAL = ("pow", "pow_", "clamp max")  # float16 and a complex number: torch has a dtype for them that refnn lacks


def multiplied(name):
    """A number that the dtype may not hold, in arithmetic."""
    for dtype in DTYPES:
        for value in LIMITS:
            if isinstance(value, complex) and name in REAL:
                continue
            if dtype.startswith("complex") and not np.isfinite(value):
                continue  # what an infinity times a complex number is depends on the order of the parts

            def call(lib, dtype=dtype, value=value):
                return FACTORS[name](lib, values(lib, dtype), value)

            yield f"{dtype} {value}", call


ENDS = {
    "arange start": lambda lib, value, dtype: lib.arange(value, value + 2, 1, dtype=dtype),
    "arange step": lambda lib, value, dtype: lib.arange(0, 3, value, dtype=dtype),
    "linspace end": lambda lib, value, dtype: lib.linspace(0, value, 3, dtype=dtype),
    "linspace start": lambda lib, value, dtype: lib.linspace(value, 1, 3, dtype=dtype),
    "linspace one": lambda lib, value, dtype: lib.linspace(0, value, 1, dtype=dtype),
    "logspace end": lambda lib, value, dtype: lib.logspace(0, value, 3, dtype=dtype),
}


def spaced(name):
    """A bound that the dtype may not hold."""
    for dtype in DTYPES:
        for value in (300, -1, 65519.0, 70000.0, 2**40, 9.3e18, 3.395e38, 1e39):

            def call(lib, dtype=dtype, value=value):
                return ENDS[name](lib, value, getattr(lib, dtype))

            yield f"{dtype} {value}", call


def outcome(call, lib):
    """What a call gives, in a form that compares: dtype, shape and values, or the error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return "value", plain(call(lib))
        except Exception as error:
            return "error", (type(error).__name__, str(error).replace("refnn", "torch"))


def plain(result):
    if isinstance(result, tuple | list):
        return tuple(map(plain, result))
    return (str(result.dtype), tuple(result.shape), result.tolist()) if hasattr(result, "dtype") else result


def same(a, b):
    if isinstance(a, tuple | list):
        return isinstance(b, tuple | list) and len(a) == len(b) and all(itertools.starmap(same, zip(a, b, strict=True)))
    if isinstance(a, str) or type(a) is not type(b):
        return a == b and type(a) is type(b)
    return bool(np.allclose(a, b, rtol=1e-3, atol=1e-5, equal_nan=True))


ROWS = [
    *((unary, name) for name in (*UNARY, *ALONG, *MATRIX)),
    *((binary, name) for name in BINARY),
    *((products, name) for name in PRODUCTS),
    *((three, name) for name in THREE),
    *((operators, name) for name in OPERATORS),
    *((signs, name) for name in SIGNS),
    *((multiplied, name) for name in FACTORS),
    *((spaced, name) for name in ENDS),
    *((written, name) for name in ("fill_", "full", "masked_fill", "setitem", "pad")),
]


@pytest.mark.parametrize("calls, name", ROWS, ids=lambda row: getattr(row, "__name__", row))
def test_over_all_dtypes(calls, name):
    differ = {}
    for title, call in calls(name):
        found = [outcome(call, lib) for lib in (torch, refnn)]
        if not same(*found):
            differ[title] = found
    assert differ == {}


def test_a_difference_is_seen():
    assert not same(("value", ("torch.float32", (1,), [1.0])), ("value", ("torch.float64", (1,), [1.0])))
    assert not same(("value", ("torch.float32", (1,), [1.0])), ("value", ("torch.float32", (1,), [1.1])))
    assert not same(("error", ("TypeError", "a")), ("error", ("TypeError", "b")))
