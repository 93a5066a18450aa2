"""A function or class keeps its code and gets other names: here cmath's for math's."""

import cmath
import functools
import math

import pytest

from refnn._rebind import Rebinder

LEVEL = 2


def make_translate():
    def translate(x):
        if x is math:
            return cmath
        if isinstance(x, type(translate)):
            return rebinder.function(x)
        if isinstance(x, type) and x.__module__ == __name__:
            return rebinder.class_(x)
        if isinstance(x, tuple):
            return tuple(map(translate, x))
        return x

    rebinder = Rebinder(translate)
    return translate


def root(x):
    return math.sqrt(x)


def root_by_helper(x, *, scale=LEVEL):
    return scale * root(x)


def counting_down(n):
    return root(-1) if n == 0 else counting_down(n - 1)


def even(n):
    return n == 0 or odd(n - 1)


def odd(n):
    return n != 0 and even(n - 1)


def nested(x):
    def inner():
        return [math.sqrt(v) for v in (x, x)]

    return inner()


def closing_over(f):
    def run(x, default=root):
        return f(x) + default(x)

    return run


class Base:
    def value(self):
        return math.sqrt(-4)


class Derived(Base):
    """Its own words."""

    factor = 3

    def value(self):
        return self.factor * super().value()

    @staticmethod
    def static():
        return math.sqrt(-1)

    @classmethod
    def of_class(cls):
        return cls().value()

    @property
    def prop(self):
        return math.sqrt(-9)

    def again(self):
        return Derived().value()


@pytest.mark.parametrize(
    "function, arguments, value",
    [
        (root, (-1,), 1j),
        (root_by_helper, (-1,), 2j),
        (counting_down, (3,), 1j),
        (even, (4,), True),
        (nested, (-1,), [1j, 1j]),
        (closing_over(root), (-1,), 2j),
        (closing_over(lambda x: math.sqrt(x)), (-1,), 2j),
    ],
)
def test_functions(function, arguments, value):
    assert make_translate()(function)(*arguments) == value


def test_the_original_is_untouched():
    make_translate()(root_by_helper)
    with pytest.raises(ValueError, match=r"math domain error|nonnegative"):
        root_by_helper(-1)


def test_classes():
    new = make_translate()(Derived)
    assert new is not Derived
    assert not issubclass(new, Derived)
    assert (new.__name__, new.__doc__, new.factor) == ("Derived", "Its own words.", 3)
    x = new()
    assert (x.value(), x.static(), new.of_class(), x.prop, x.again()) == (6j, 1j, 6j, 3j, 6j)
    assert type(x).__mro__[1].__name__ == "Base"
    assert type(x).__mro__[1] is not Base


def test_one_counterpart_for_each():
    translate = make_translate()
    assert translate(root) is translate(root)
    assert translate(Derived) is translate(Derived)
    assert translate(Derived).__mro__[1] is translate(Base)


def test_functions_that_share_a_variable_go_on_sharing_it():
    count = 0

    def up():
        nonlocal count
        count += 1

    def read():
        return count

    translate = make_translate()
    new_up, new_read = translate(up), translate(read)
    new_up()
    assert (new_read(), read()) == (1, 0)


def test_the_standard_library_is_left_alone():
    assert make_translate()(functools.wraps) is functools.wraps
