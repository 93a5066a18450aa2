"""Run notebooks from top to bottom and store what they print and draw: `python notebooks/store.py [NAME ...]`."""

import os
import sys
from pathlib import Path

import nbclient
import nbformat

NOTEBOOKS = Path(__file__).resolve().parent
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def names():
    """The notebooks of this directory, in the order of their chapters."""
    return sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb"))


def read(name):
    return nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)


def run(notebook):
    """Execute all cells in order, in a fresh kernel; CellExecutionError if one raises."""
    single = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # two pools of threads would fight
    client = nbclient.NotebookClient(
        notebook,
        timeout=240,
        kernel_name="python3",
        record_timing=False,
        resources={"metadata": {"path": str(NOTEBOOKS)}},
    )
    client.execute(env=os.environ | single)


def store(name):
    """Execute a notebook and write it back, with its cells numbered and without traces of the machine."""
    notebook = read(name)
    run(notebook)
    for place, cell in enumerate(notebook.cells):
        cell.id = f"{name[:2]}-{place:02d}"
    notebook.metadata = nbformat.from_dict(METADATA)
    nbformat.write(notebook, NOTEBOOKS / f"{name}.ipynb")


if __name__ == "__main__":
    for chosen in sys.argv[1:] or names():
        store(chosen)
