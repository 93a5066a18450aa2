"""Module, its hooks, state and containers, and autograd: the same programs under torch and refnn leave one trace."""

import importlib
import pkgutil

import pytest

import refnn
from conformance import programs
from conformance.programs import PROGRAMS, run

for _file in pkgutil.iter_modules(programs.__path__):
    importlib.import_module(f"conformance.programs.{_file.name}")  # each fills the table

torch = pytest.importorskip("torch")


def name_of(program):
    return f"{program.__module__.rpartition('.')[2]}-{program.__name__}"


@pytest.mark.parametrize("program", PROGRAMS, ids=name_of)
def test_same_trace(program):
    expected, found = run(program, torch), run(program, refnn)
    assert expected, "the program shows nothing"
    assert found == expected


def test_a_difference_is_seen():
    def differs(namespace, show):
        show(namespace.tensor(1.0 if namespace is torch else 2.0))

    assert run(differs, torch) != run(differs, refnn)


def test_every_program_has_its_own_name():
    names = [name_of(program) for program in PROGRAMS]
    assert len(names) == len(set(names))
    assert len(names) > 80
