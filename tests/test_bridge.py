"""The bridge where torch is not installed. What it converts is tested in conformance/."""

import subprocess
import sys

import pytest

from refnn import bridge


@pytest.mark.parametrize("call", ["bridge.from_torch(3)", "bridge.to_torch(refnn.ones(1))"])
def test_the_bridge_where_torch_is_missing(call):
    code = (
        "import sys; sys.modules['torch'] = None; import refnn; from refnn import bridge\n"
        f"try: {call}\nexcept ImportError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "this needs torch: pip install 'refnn[torch]'\n"


def test_importing_refnn_imports_numpy_and_nothing_else_that_is_installed():
    code = "import sys, refnn; print(*{m.partition('.')[0] for m in sys.modules} & {'torch', 'rich', 'ml_dtypes'})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "\n"


@pytest.mark.parametrize("x", [3, "text", None, [1.0]])
def test_what_belongs_to_no_library(x):
    with pytest.raises(TypeError, match="expected a module or tensor of torch or refnn"):
        bridge.library_of(x)
