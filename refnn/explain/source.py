"""Where a kernel and its derivative stand in refnn, and their text."""

from __future__ import annotations

import ast
import functools
import inspect
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import refnn
from refnn.autograd.op import Op

__all__ = ["Passage", "equation", "files_of", "kernel_of", "passage_of_code", "passage_of_object", "rules_of"]

ROOT = Path(refnn.__file__).resolve().parents[1]


@dataclass(frozen=True)
class Passage:
    """Lines of a file: `place` is its path below the package's folder, and the first line's number."""

    title: str
    file: str
    line: int
    text: str

    @property
    def place(self) -> str:
        path = Path(self.file)
        return f"{path.relative_to(ROOT) if path.is_relative_to(ROOT) else path}:{self.line}"


def equation(op: Op) -> str:
    """What an op's docstring says, or that of its kernel."""
    return inspect.cleandoc(op.__doc__ or "")


def kernel_of(op: Op) -> Passage:
    """An op's NumPy kernel."""
    plain: Any = inspect.unwrap(op.kernel)
    return passage_of_code(plain.__code__, op.name)


def passage_of_code(code: Any, title: str) -> Passage:
    """The function that a code object was made from, decorators and all."""
    for node in ast.walk(_tree(code.co_filename)):
        if isinstance(node, ast.FunctionDef) and _first_line(node) == code.co_firstlineno:
            return _passage(title, code.co_filename, node)
    return _passage(title, code.co_filename, _statement(code.co_filename, code.co_firstlineno))


def passage_of_object(value: Any) -> Passage:
    """A class or function as it stands in its file."""
    lines, first = inspect.getsourcelines(value)
    title = getattr(value, "__name__", "")
    return Passage(title, inspect.getsourcefile(value) or "", first, inspect.cleandoc("\n" + "".join(lines)))


def rules_of(op: Op) -> list[Passage]:
    """The statements that declare an op's derivative, and the functions of the same file that they name."""
    if not op.differentiable:
        return []
    plain: Any = inspect.unwrap(op.kernel)
    file = plain.__code__.co_filename
    nodes = list(_declarations(file, op.__name__))
    if not nodes:  # declared in a loop over several ops, or elsewhere
        rules = [op.joint] if op.joint is not None else list(op.rules.values())
        codes = {inspect.unwrap(rule).__code__ for rule in rules}
        return [_passage(op.name, c.co_filename, _statement(c.co_filename, c.co_firstlineno)) for c in codes]
    named = {name.id for node in nodes for name in ast.walk(node) if isinstance(name, ast.Name)}
    helpers = [node for node in _tree(file).body if isinstance(node, ast.FunctionDef) and node.name in named]
    helpers = [node for node in helpers if not node.decorator_list and node not in nodes]
    return [_passage(op.name, file, node) for node in [*nodes, *helpers]]


def _declarations(file: str, name: str) -> Iterator[ast.stmt]:
    wanted = (f"{name}.derivative", f"{name}.joint_derivative")
    for node in _tree(file).body:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and ast.unparse(node.value.func) in wanted:
            yield node
        if isinstance(node, ast.FunctionDef) and any(ast.unparse(d) in wanted for d in node.decorator_list):
            yield node


def _statement(file: str, line: int) -> ast.stmt:
    """The statement of a file's top level that a line belongs to."""
    body = _tree(file).body
    return next((node for node in body if _first_line(node) <= line <= (node.end_lineno or 0)), body[0])


def _first_line(node: ast.stmt) -> int:
    decorators = getattr(node, "decorator_list", [])
    return min([node.lineno, *(d.lineno for d in decorators)])


def _passage(title: str, file: str, node: ast.stmt) -> Passage:
    first = _first_line(node)
    lines = _lines(file)[first - 1 : node.end_lineno]
    return Passage(title, file, first, inspect.cleandoc("\n" + "\n".join(lines)))


@functools.cache
def _lines(file: str) -> list[str]:
    return Path(file).read_text(encoding="utf-8").splitlines()


@functools.cache
def _tree(file: str) -> ast.Module:
    return ast.parse("\n".join(_lines(file)))


def files_of(value: Any) -> set[str]:
    """The files that define a function, or a class and its bases in the same folder, and their `_functions.py`."""
    found = {_file(part) for part in getattr(value, "__mro__", (value,))}
    folder = Path(_file(value)).parent
    return {file for file in found if Path(file).parent == folder} | {str(folder / "_functions.py")}


def _file(value: Any) -> str:
    module = sys.modules.get(getattr(value, "__module__", "") or "")
    return str(getattr(module, "__file__", "") or "")
