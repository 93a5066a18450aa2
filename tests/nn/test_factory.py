"""The options with which a layer makes its parameters."""

import pytest

import refnn
from refnn import nn


@pytest.mark.parametrize(
    "given, found",
    [
        (None, {}),
        ({}, {}),
        ({"device": "cpu"}, {"device": "cpu"}),
        ({"dtype": refnn.float64, "device": None}, {"dtype": refnn.float64, "device": None}),
        ({"factory_kwargs": {"dtype": refnn.float32}}, {"dtype": refnn.float32}),
        (
            {"factory_kwargs": {"dtype": refnn.float32}, "device": "cpu"},
            {"dtype": refnn.float32, "device": "cpu"},
        ),
    ],
)
def test_options(given, found):
    assert nn.factory_kwargs(given) == found


def test_what_is_given_stays_as_it_was():
    inner = {"dtype": refnn.float32}
    nn.factory_kwargs({"factory_kwargs": inner, "device": "cpu"})
    assert inner == {"dtype": refnn.float32}


@pytest.mark.parametrize(
    "given, text",
    [
        ({"foo": 1}, r"unexpected kwargs \{'foo'\}"),
        ({"factory_kwargs": {"dtype": 1}, "dtype": 2}, "dtype specified twice, in \\*\\*kwargs and in factory_kwargs"),
    ],
)
def test_errors(given, text):
    with pytest.raises(TypeError, match=text):
        nn.factory_kwargs(given)
