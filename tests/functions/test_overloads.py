"""Which overload a call fits, and what is said of a call that fits none."""

import pytest

import refnn
from refnn.functions._overloads import Signatures

PAIR = ("Tensor input, Tensor other, *, Tensor out = None",)
EITHER = (*PAIR, "Tensor input, Number other, *, Tensor out = None")
SIZES = ("Tensor input, int dim, bool keepdim = False", "Tensor input, str name")

T = refnn.ones(2)
ITEM = refnn.tensor(3)

FITS = [  # overloads, arguments, named arguments
    (PAIR, (T, T), {}),
    (PAIR, (T, T), {"out": T}),
    (PAIR, (T,), {"other": T}),
    (EITHER, (T, 2), {}),
    (EITHER, (T, 2.5j), {}),
    (EITHER, (T, True), {}),
    (EITHER, (T, ITEM), {}),
    (SIZES, (T, 1), {}),
    (SIZES, (T, ITEM), {}),
    (SIZES, (T, 1, True), {}),
    (SIZES, (T, 1), {"keepdim": False}),
    (SIZES, (T, "a"), {}),
]


@pytest.mark.parametrize("texts, args, named", FITS)
def test_a_call_that_fits(texts, args, named):
    Signatures("f", *texts).check(*args, **named)


REFUSED = [  # overloads, arguments, named arguments, the error's first line
    (PAIR, (1, T), {}, "f(): argument 'input' (position 1) must be Tensor, not int"),
    (PAIR, (T, 1), {}, "f(): argument 'other' (position 2) must be Tensor, not int"),
    (PAIR, (T, T), {"out": 1}, "f(): argument 'out' must be Tensor, not int"),
    (PAIR, ("a", "b"), {}, "f(): argument 'input' (position 1) must be Tensor, not str"),
    (EITHER, (1, 2), {}, "f() received an invalid combination of arguments - got (int, int), but expected one of:"),
    (
        EITHER,
        (T, "a"),
        {},
        "f() received an invalid combination of arguments - got (Tensor, str), but expected one of:",
    ),
    (
        SIZES,
        (T, 1.5),
        {},
        "f() received an invalid combination of arguments - got (Tensor, float), but expected one of:",
    ),
    (
        SIZES,
        (T, True),
        {},
        "f() received an invalid combination of arguments - got (Tensor, bool), but expected one of:",
    ),
    (SIZES, (T, 1, 2), {}, "f(): argument 'keepdim' (position 3) must be bool, not int"),
]


@pytest.mark.parametrize("texts, args, named, first", REFUSED)
def test_a_call_that_does_not_fit(texts, args, named, first):
    with pytest.raises(TypeError) as caught:
        Signatures("f", *texts).check(*args, **named)
    assert str(caught.value).split("\n")[0] == first


def test_all_overloads_are_listed():
    with pytest.raises(TypeError) as caught:
        Signatures("f", *EITHER).check(1, 2)
    listed = [line for line in str(caught.value).split("\n") if line.startswith(" * ")]
    assert listed == [f" * ({text})" for text in EITHER]


def test_a_number_may_stand_for_a_tensor():
    arithmetic = Signatures("f", *PAIR, numbers=True)
    arithmetic.check(1, T)
    arithmetic.check(1, 2.0)
    with pytest.raises(TypeError):
        arithmetic.check(1, "a")


def test_a_tensor_with_a_gradient_is_no_number():
    with pytest.raises(TypeError):
        Signatures("f", "Tensor input, Number other").check(T, refnn.tensor(2.0, requires_grad=True))
