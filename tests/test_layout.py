"""What the source has to look like, read from the source: imports, rules, who may know of torch."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "refnn"
FILES = {str(path.relative_to(ROOT)): path for path in sorted(PACKAGE.rglob("*.py"))}
TREES = {name: ast.parse(path.read_text()) for name, path in FILES.items()}
OPS = {name: tree for name, tree in TREES.items() if name.startswith("refnn/ops/")}
MAY_IMPORT_TORCH = ("refnn/bridge.py", "refnn/testing/", "refnn/diff/")
RUNS_TORCH = "refnn/testing/conformance/"  # torch's tables and samples: nothing imports it but inside a function


def test_the_conformance_suite_is_imported_only_when_it_runs():
    for name, tree in TREES.items():
        inside = guarded(tree)
        for node in ast.walk(tree):
            if not name.startswith(RUNS_TORCH) and node not in inside:
                assert not any(m.startswith("refnn.testing.conformance") for m in imported(node)), name


def imported(node: ast.AST) -> list[str]:
    """The modules that a statement imports."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and not node.level:
        return [node.module or ""]
    return []


def guarded(tree: ast.AST) -> set[ast.AST]:
    """What runs only when a function is called, or only under a type checker."""
    held: set[ast.AST] = set()
    for node in ast.walk(tree):
        typing_only = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) or typing_only:
            held.update(ast.walk(node))
    return held


def torch_imports(name: str, tree: ast.AST) -> list[str]:
    """Where a file imports torch although it may not, or does so when it is itself imported."""
    inside = guarded(tree)
    found = []
    for node in ast.walk(tree):
        if any(module.split(".")[0] == "torch" for module in imported(node)):
            allowed = name.startswith(RUNS_TORCH) or (name.startswith(MAY_IMPORT_TORCH) and node in inside)
            if not allowed:
                found.append(f"{name}:{node.lineno}")
    return found


@pytest.mark.parametrize("name", TREES)
def test_torch_is_imported_only_where_it_may_be(name):
    assert torch_imports(name, TREES[name]) == []


@pytest.mark.parametrize(
    "name, source, found",
    [
        ("refnn/ops/x.py", "import torch", 1),
        ("refnn/ops/x.py", "def f():\n    import torch.nn", 1),
        ("refnn/bridge.py", "from torch import nn", 1),
        ("refnn/bridge.py", "def f():\n    from torch import nn", 0),
        ("refnn/diff/x.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import torch", 0),
        ("refnn/x.py", "import torchvision, numpy", 0),
    ],
)
def test_an_import_of_torch_is_found(name, source, found):
    assert len(torch_imports(name, ast.parse(source))) == found


def test_importing_refnn_imports_neither_torch_nor_anything_but_numpy():
    code = "import sys, refnn; print(*{m.split('.')[0] for m in sys.modules})"
    names = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    optional = {"torch", "rich", "ml_dtypes", "matplotlib", "scipy", "pytest", "hypothesis"}
    assert not optional & set(names)
    assert {"refnn", "numpy"} <= set(names)


# What takes long to import, or drags much along, and is needed by few calls or none.
SLOW = [
    "argparse", "asyncio", "concurrent", "copyreg", "ctypes", "dataclasses", "decimal", "difflib",
    "fractions", "hashlib", "html", "http", "inspect", "json", "logging", "multiprocessing", "numpy.fft",
    "numpy.ma", "numpy.polynomial", "numpy.random", "numpy.testing", "pathlib", "pickle", "platform",
    "random", "secrets", "shutil", "socket", "statistics", "string", "subprocess", "tempfile", "textwrap",
    "unittest", "urllib", "uuid", "zipfile",
]  # fmt: skip
LATER = [
    "refnn.bridge",
    "refnn.diff",
    "refnn.func",
    "refnn.linalg",
    "refnn.nn",
    "refnn.optim",
    "refnn.testing",
    "refnn.utils",
]


def test_importing_refnn_imports_little_beside_numpy():
    code = "import sys, numpy; before = set(sys.modules); import refnn; print(*sorted(set(sys.modules) - before))"
    names = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {*SLOW, *LATER} & set(names)
    assert "refnn.tensor" in names


@pytest.mark.parametrize("name", ["diff", "func", "linalg", "nn", "optim", "testing", "utils"])
def test_a_subpackage_is_imported_when_it_is_asked_for(name):
    code = f"import refnn; assert '{name}' in dir(refnn); print(refnn.{name}.__name__, '{name}' in vars(refnn))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.split() == [f"refnn.{name}", "True"]


def test_an_unknown_name_of_refnn_is_an_attribute_error():
    code = "import refnn; print(hasattr(refnn, 'nothing_of_this_name'))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.split() == ["False"]


# ---------------------------------------------------------------- imports point one way

ABOVE = {
    "refnn/ops/": ("refnn.functions", "refnn._tensor", "refnn.tensor", "refnn.nn", "refnn.optim"),
    "refnn/functions/": ("refnn._tensor", "refnn.nn", "refnn.optim"),
    "refnn/_tensor/": ("refnn.tensor", "refnn.nn", "refnn.optim"),
    "refnn/tensor.py": ("refnn.nn", "refnn.optim"),
    "refnn/nn/functional/": ("refnn.nn.modules", "refnn.optim"),
    "refnn/nn/modules/": ("refnn.optim",),
}


@pytest.mark.parametrize("name", TREES)
def test_imports_point_one_way(name):
    """At import time; inside a function, a name from above may be needed to name it in an error."""
    inside = guarded(TREES[name])
    above = next((modules for start, modules in ABOVE.items() if name.startswith(start)), ())
    for node in ast.walk(TREES[name]):
        if node not in inside:
            for module in imported(node):
                assert not any(module == m or module.startswith(m + ".") for m in above), f"{name}:{node.lineno}"


# ---------------------------------------------------------------- rules are written in ops


def rules(tree: ast.Module) -> list[ast.AST]:
    """What a file declares as derivatives: lambdas, functions by name, decorated functions. An op by name is one op."""
    functions = {
        node.name: node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and not any(_makes_an_op(d) for d in node.decorator_list)
    }
    found: list[ast.AST] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            found += [node] * any(_declares(d) for d in node.decorator_list)
        if isinstance(node, ast.Call) and _declares(node.func):
            for value in [*node.args, *(keyword.value for keyword in node.keywords)]:
                found.append(functions.get(value.id, value) if isinstance(value, ast.Name) else value)
    return found


def _makes_an_op(node: ast.AST) -> bool:
    maker = node.func if isinstance(node, ast.Call) else node
    return isinstance(maker, ast.Name) and maker.id == "op"


def _declares(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in ("derivative", "joint_derivative")


def numpy_calls(rule: ast.AST, tree: ast.Module) -> list[str]:
    """The calls of NumPy in a rule, and in the plain functions of its file that it calls."""
    helpers = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef) and not node.decorator_list}
    todo, seen, calls = [rule], set(), []
    while todo:
        part = todo.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        for node in ast.walk(part):
            if isinstance(node, ast.Call):
                if _of_numpy(node.func):
                    calls.append(ast.unparse(node))
                elif isinstance(node.func, ast.Name) and node.func.id in helpers:
                    todo.append(helpers[node.func.id])
    return calls


# Functions of NumPy that work on shapes and dtypes, or that make constants: nothing passes through them.
ON_METADATA = ("dtype", "broadcast_shapes", "prod", "finfo", "iinfo", "ndim", "shape", "issubdtype", "result_type")
CONSTANTS = ("ones", "zeros", "full", "arange", "empty", "eye")

# What else rules may call, each on arrays that no derivative passes through.
HARMLESS = {
    "refnn/ops/creation.py": {"np.conj(x)": "bare arrays only", "np.asarray(data)": "asks for the dtype"},
    "refnn/ops/linalg.py": {"np.asarray(weight, x.dtype)": "a number, beside a bare array"},
}


def _of_numpy(function: ast.AST) -> bool:
    named = ast.unparse(function)
    return re.fullmatch(r"np(\.\w+)+", named) is not None and named.removeprefix("np.") not in ON_METADATA + CONSTANTS


@pytest.mark.parametrize("name", OPS)
def test_rules_compute_with_ops_and_not_with_numpy(name):
    tree = OPS[name]
    calls = {call for rule in rules(tree) for call in numpy_calls(rule, tree)}
    # A rule gets Tensors when derivatives are differentiated again.
    assert calls == set(HARMLESS.get(name, ()))


def test_rules_are_found():
    assert sum(len(rules(tree)) for tree in OPS.values()) > 100


@pytest.mark.parametrize(
    "source, found",
    [
        ("f.derivative(x=lambda g: np.exp(g))", 1),
        ("f.derivative(x=lambda g: exp(g))", 0),
        ("f.derivative(x=lambda g, x_shape: full(np.prod(x_shape)))", 0),
        ("def rule(g):\n    return np.exp(g)\nf.joint_derivative(rule)", 1),
        ("@f.joint_derivative\ndef rule(g):\n    return helper(g)\ndef helper(g):\n    return np.sum(g)", 1),
        ("@f.joint_derivative\ndef rule(g):\n    return other(g)\n@op\ndef other(g):\n    return np.sum(g)", 0),
        ("def kernel(x):\n    return np.exp(x)", 0),
    ],
)
def test_numpy_in_a_rule_is_found(source, found):
    tree = ast.parse(source)
    assert sum(len(numpy_calls(rule, tree)) for rule in rules(tree)) == found
