"""Elementwise functions: promotion, numbers on either side, forms in place, out=, refusals."""

import math

import numpy as np
import pytest

import refnn

F, N, B, C = (refnn.tensor(v) for v in ([1.5, -2.0], [3, -2], [True, False], [1 + 2j, -1j]))
H = refnn.tensor([1.5, -2.0], dtype=refnn.float16)
D = refnn.tensor([1.5, -2.0], dtype=refnn.float64)

DTYPES = [  # function, arguments, dtype of the result
    ("add", (N, 2), refnn.int64),
    ("add", (N, 2.0), refnn.float32),
    ("add", (B, True), refnn.bool),
    ("add", (B, 2), refnn.int64),
    ("add", (H, F), refnn.float32),
    ("add", (F, 2j), refnn.complex64),
    ("add", (2, 3), refnn.int64),
    ("mul", (2, F), refnn.float32),
    ("mul", (2, 3.5), refnn.float32),
    ("div", (N, N), refnn.float32),
    ("div", (1, 2), refnn.float32),
    ("floor_divide", (7, 2), refnn.int64),
    ("square", (B,), refnn.int64),
    ("square", (N,), refnn.int64),
    ("exp", (N,), refnn.float32),
    ("exp", (H,), refnn.float16),
    ("sign", (B,), refnn.bool),
    ("sgn", (C,), refnn.complex64),
    ("abs", (C,), refnn.float32),
    ("nan_to_num", (N,), refnn.int64),
    ("eq", (F, 1), refnn.bool),
    ("isreal", (C,), refnn.bool),
    ("bitwise_and", (B, 1), refnn.int64),
    ("bitwise_and", (1, N), refnn.int64),
    ("clamp", (N, 0.5), refnn.float32),
    ("clamp", (B, 0), refnn.int64),
    ("float_power", (N, 2), refnn.float64),
    ("float_power", (C, 2), refnn.complex128),
    ("ldexp", (D, N), refnn.float64),
    ("copysign", (N, 1), refnn.float32),
    ("xlogy", (N, 2), refnn.float32),
    ("hypot", (F, D), refnn.float64),
    ("where", (B, F, N), refnn.float32),
    ("gcd", (N, N), refnn.int64),
]


@pytest.mark.parametrize("name, args, dtype", DTYPES)
def test_dtypes(name, args, dtype):
    result = getattr(refnn, name)(*args)
    assert isinstance(result, refnn.Tensor)
    assert result.dtype is dtype


INF, NAN = math.inf, math.nan
VALUES = [  # function, arguments, expected
    ("add", ([1.0, 2.0], 3.0), [4.0, 5.0]),
    ("sub", ([1.0, 2.0], [3.0, -1.0]), [-2.0, 3.0]),
    ("rsub", ([1.0, 2.0], 5.0), [4.0, 3.0]),
    ("remainder", ([5.0, -5.0], [3.0, 3.0]), [2.0, 1.0]),
    ("fmod", ([5.0, -5.0], [3.0, 3.0]), [2.0, -2.0]),
    ("floor_divide", ([7.0, -7.0, 1.0], [2.0, 2.0, 0.0]), [3.0, -4.0, INF]),
    ("pow", ([2.0, -2.0, 0.0], [3.0, 2.0, 0.0]), [8.0, 4.0, 1.0]),
    ("maximum", ([1.0, NAN], [NAN, 2.0]), [NAN, NAN]),
    ("fmax", ([1.0, NAN], [NAN, 2.0]), [1.0, 2.0]),
    ("atan2", ([0.0, -0.0], [-1.0, -1.0]), [math.pi, -math.pi]),
    ("hypot", ([3.0, INF, 1e300], [4.0, NAN, 1e300]), [5.0, INF, math.sqrt(2) * 1e300]),
    ("copysign", ([1.0, -2.0, 0.0], [-0.0, 1.0, -1.0]), [-1.0, 2.0, -0.0]),
    ("logaddexp", ([0.0, -INF, 1000.0, INF], [0.0, -INF, 1000.0, INF]), [math.log(2), -INF, 1000 + math.log(2), INF]),
    ("logaddexp2", ([0.0, -INF], [0.0, 3.0]), [1.0, 3.0]),
    ("xlogy", ([0.0, 0.0, 2.0, 0.0], [0.0, -1.0, math.e, NAN]), [0.0, 0.0, 2.0, NAN]),
    ("heaviside", ([-1.0, 0.0, 2.0, NAN], [0.5, 0.5, 0.5, 0.5]), [0.0, 0.5, 1.0, 0.0]),
    ("ldexp", ([1.5, -1.0], [3.0, -1.0]), [12.0, -0.5]),
    ("nextafter", ([1.0, 0.0], [2.0, -1.0]), [1 + 2.0**-52, -5e-324]),
    ("sign", ([-2.0, 0.0, NAN],), [-1.0, 0.0, 0.0]),
    ("frac", ([1.25, -1.25],), [0.25, -0.25]),
    ("deg2rad", ([180.0, -90.0],), [math.pi, -math.pi / 2]),
    ("rad2deg", ([math.pi],), [180.0]),
    ("nan_to_num", ([NAN, INF, -INF],), [0.0, np.finfo(float).max, np.finfo(float).min]),
    ("nan_to_num", ([NAN, INF, -INF], 1.0, 2.0, 3.0), [1.0, 2.0, 3.0]),
    ("lerp", ([0.0, 1.0], [10.0, 2.0], 0.25), [2.5, 1.25]),
    ("addcmul", ([1.0], [2.0], [3.0]), [7.0]),
    ("addcdiv", ([1.0], [6.0], [3.0]), [3.0]),
    ("clamp", ([-2.0, 0.5, 3.0, NAN], -1.0, 1.0), [-1.0, 0.5, 1.0, NAN]),
    ("clamp_min", ([-2.0, 3.0], 0.0), [0.0, 3.0]),
    ("clamp_max", ([-2.0, 3.0], 0.0), [-2.0, 0.0]),
]


def tensors(args):
    return [refnn.tensor(a, dtype=refnn.float64) if isinstance(a, list) else a for a in args]


@pytest.mark.parametrize("name, args, expected", VALUES)
def test_values(name, args, expected):
    given = tensors(args)
    result = getattr(refnn, name)(*given).numpy()
    np.testing.assert_allclose(result, expected, rtol=1e-15)
    known = ~np.isnan(expected)
    assert np.array_equal(np.signbit(result)[known], np.signbit(expected)[known])


@pytest.mark.parametrize("name, args, expected", VALUES)
def test_methods_in_place_and_out(name, args, expected):
    result = getattr(refnn, name)(*tensors(args))
    if name != "rsub":  # torch has no such method
        np.testing.assert_array_equal(getattr(tensors(args)[0], name)(*tensors(args)[1:]).numpy(), result.numpy())
    if hasattr(refnn.Tensor, f"{name}_"):
        first, *rest = tensors(args)
        assert getattr(first, f"{name}_")(*rest) is first
        np.testing.assert_array_equal(first.numpy(), result.numpy())
    if name != "rsub":
        out = refnn.empty(len(expected), dtype=refnn.float64)
        assert getattr(refnn, name)(*tensors(args), out=out) is out
        np.testing.assert_array_equal(out.numpy(), result.numpy())


TESTS = [  # function, arguments, expected
    ("isposinf", ([INF, -INF, NAN, 1.0],), [True, False, False, False]),
    ("isneginf", ([INF, -INF, NAN, 1.0],), [False, True, False, False]),
    ("signbit", ([-0.0, 0.0, -1.0],), [True, False, True]),
    ("isin", ([1.0, 2.0, 3.0], [3.0, 1.0]), [True, False, True]),
    ("isclose", ([1.0, NAN, INF], [1.0 + 1e-9, NAN, INF]), [True, False, True]),
    ("logical_xor", ([0.0, 2.0], [1.0, 1.0]), [True, False]),
    ("ge", ([1.0, 2.0, NAN], [1.0, 3.0, NAN]), [True, False, False]),
]


@pytest.mark.parametrize("name, args, expected", TESTS)
def test_predicates(name, args, expected):
    assert getattr(refnn, name)(*tensors(args)).tolist() == expected


def test_frexp():
    x = refnn.tensor([3.0, -0.25, 0.0, INF])
    mantissa, exponent = refnn.frexp(x)
    assert mantissa.tolist() == [0.75, -0.5, 0.0, INF]
    assert exponent.tolist() == [2, -1, 0, 0]
    assert exponent.dtype is refnn.int32
    assert refnn.equal(refnn.ldexp(mantissa, exponent), x)


def test_integers():
    assert refnn.gcd(refnn.tensor([12, -8, 0]), refnn.tensor([18, 12, 5])).tolist() == [6, 4, 5]
    assert refnn.lcm(refnn.tensor([4, 0]), refnn.tensor([6, 3])).tolist() == [12, 0]
    assert refnn.bitwise_left_shift(refnn.tensor([1, 3]), 2).tolist() == [4, 12]
    assert refnn.tensor([5, 6]).bitwise_right_shift_(1).tolist() == [2, 3]


def test_where_as_a_method():
    x = refnn.tensor([1.0, 2.0])
    assert x.where(refnn.tensor([True, False]), refnn.tensor([8.0, 9.0])).tolist() == [1.0, 9.0]


REFUSED = [  # function, arguments, error, text
    ("add", (F, "a"), TypeError, "argument 'other' .position 2. must be Tensor, not str"),
    ("eq", (1, F), TypeError, "invalid combination of arguments - got .int, Tensor."),
    ("maximum", (F, 1), TypeError, "argument 'other' .position 2. must be Tensor, not int"),
    ("add", (F, refnn.ones(3)), RuntimeError, "size of tensor a .2. must match the size of tensor b .3."),
    ("sub", (B, B), RuntimeError, "two bool tensors"),
    ("neg", (B,), RuntimeError, "on a bool tensor"),
    ("positive", (B,), RuntimeError, "on a bool tensor"),
    ("pow", (N, -1), RuntimeError, "negative integer powers"),
    ("remainder", (N, 0), RuntimeError, "ZeroDivisionError"),
    ("div", (F, [1.0]), TypeError, "must be Tensor, not list"),
    ("clamp", (F,), RuntimeError, "At least one of"),
    ("clamp", (C, 0, 1), NotImplementedError, "complex types"),
    ("addcdiv", (F, N, N), RuntimeError, "Integer division with addcdiv"),
    ("isclose", (F, D), RuntimeError, "Float did not match Double"),
    ("isclose", (F, F, -1.0), RuntimeError, "rtol must be greater than or equal to zero, but got -1"),
    ("where", (F, F, F), RuntimeError, "expected condition to be a boolean tensor"),
    ("heaviside", (F, D), RuntimeError, "different dtypes"),
    ("gcd", (F, F), NotImplementedError, "\"gcd_cpu\" not implemented for 'Float'"),
    ("floor", (C,), NotImplementedError, "floor is not supported for complex inputs"),
    ("round", (B,), NotImplementedError, "\"round_vml_cpu\" not implemented for 'Bool'"),
    ("frexp", (N,), RuntimeError, "only supports floating-point dtypes"),
    ("deg2rad", (C,), RuntimeError, "not supported for complex tensors"),
    ("signbit", (C,), NotImplementedError, "not implemented for complex tensors"),
]


@pytest.mark.parametrize("name, args, error, text", REFUSED)
def test_refusals(name, args, error, text):
    with pytest.raises(error, match=text):
        getattr(refnn, name)(*args)


def test_alpha():
    assert refnn.add(F, F, alpha=2).tolist() == [4.5, -6.0]
    assert refnn.sub(F, 1, alpha=0.5).tolist() == [1.0, -2.5]
    with pytest.raises(RuntimeError, match="must not be a floating point number"):
        refnn.add(N, N, alpha=0.5)
    with pytest.raises(RuntimeError, match="must not be a complex number"):
        refnn.add(F, F, alpha=1j)
    with pytest.raises(RuntimeError, match="Boolean alpha"):
        refnn.add(F, F, alpha=True)


# out= ---------------------------------------------------------------------------------------------------


def test_out_is_resized_with_a_warning():
    out = refnn.zeros(3)
    with pytest.warns(UserWarning, match="was resized"):
        refnn.exp(F, out=out)
    assert refnn.equal(out, refnn.exp(F))
    empty = refnn.empty(0)
    refnn.exp(F, out=empty)
    assert empty.shape == (2,)


OUTS = [  # out, text
    (refnn.zeros(1).expand(2), "more than one element of the written-to tensor"),
    (refnn.zeros(2, dtype=refnn.int64), "result type Float can't be cast to the desired output type Long"),
    (refnn.zeros(2, requires_grad=True), "don't support automatic differentiation"),
]


EXACT = [  # function, arguments, dtype of out, text
    ("floor", (F,), refnn.float64, "Found dtype Double but expected Float"),
    ("bitwise_not", (N,), refnn.int32, "Found dtype Int but expected Long"),
    ("nan_to_num", (F,), refnn.float64, "dtype of out: Double should be same as input: Float"),
    ("where", (B, F, F), refnn.float64, "Expected out type to be Float but got Double"),
    ("isposinf", (F,), refnn.uint8, "isposinf does not support non-boolean outputs"),
    ("float_power", (F, 2), refnn.float32, "the output given to float_power has dtype Float"),
    ("dot", (F, F), refnn.float64, "result dtype Double does not match input dtype Float"),
    ("tensordot", (F, F, 1), refnn.float64, "Expected the output tensor to have dtype Float"),
    ("addmv", (F, refnn.ones(2, 2), F), refnn.float64, "Expected out tensor to have dtype float, but got double"),
]


@pytest.mark.parametrize("name, args, dtype, text", EXACT)
def test_out_of_functions_that_convert_nothing(name, args, dtype, text):
    with pytest.raises(RuntimeError, match=text):
        getattr(refnn, name)(*args, out=refnn.empty(0, dtype=dtype))


@pytest.mark.parametrize("out, text", OUTS)
def test_out_that_is_refused_stays(out, text):
    with pytest.raises(RuntimeError, match=text):
        refnn.exp(F, out=out)
    assert not out.detach().any()


def test_sgn_of_complex_numbers():
    z = refnn.tensor([3 + 4j, 0j, -2.0 + 0j], dtype=refnn.complex128, requires_grad=True)
    np.testing.assert_allclose(refnn.sgn(z).detach().numpy(), [0.6 + 0.8j, 0, -1])
    y = refnn.sgn(z)
    y.backward(refnn.ones(3, dtype=refnn.complex128))
    assert z.grad[1].item() == 0
    w = refnn.tensor([3 + 4j, -2 + 1j], dtype=refnn.complex128, requires_grad=True)
    assert refnn.autograd.gradcheck(refnn.sgn, (w,))
