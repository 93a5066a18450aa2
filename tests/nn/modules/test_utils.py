"""The layers' small helpers."""

from collections import OrderedDict

import pytest

from refnn.nn.modules import utils


@pytest.mark.parametrize(
    "function, given, expected",
    [
        (utils._single, 3, (3,)),
        (utils._pair, 3, (3, 3)),
        (utils._pair, [1, 2], (1, 2)),
        (utils._pair, (1, 2, 3), (1, 2, 3)),
        (utils._triple, "ab", ("a", "b")),
        (utils._quadruple, None, (None,) * 4),
        (utils._ntuple(5), 0, (0,) * 5),
    ],
)
def test_tuples(function, given, expected):
    assert function(given) == expected


def test_names():
    assert utils._pair.__name__ == "_pair"
    assert utils._ntuple(2).__name__ == "parse"


def test_reverse_repeat():
    assert utils._reverse_repeat_tuple((1, 2, 3), 2) == (3, 3, 2, 2, 1, 1)


def test_defaults():
    assert utils._list_with_default([None, 7], [1, 2, 3]) == [2, 7]
    assert utils._list_with_default(4, [1]) == 4
    with pytest.raises(ValueError, match="Input dimension should be at least 3"):
        utils._list_with_default([None, 7], [1, 2])


def test_a_prefix_is_cut_off():
    state = OrderedDict([("module.a", 1), ("b", 2)])
    state._metadata = {"": 0, "module.c": 2}
    utils.consume_prefix_in_state_dict_if_present(state, "module.")
    assert state == {"a": 1, "b": 2}
    assert state._metadata == {"": 0, "c": 2}
