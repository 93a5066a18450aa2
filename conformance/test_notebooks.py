"""The notebooks run from top to bottom, and what is stored in them is what a reader should see."""

import re

import nbclient
import nbformat
import pytest

from notebooks.store import names, read, run

CHAPTERS = [
    "01_neuron_and_feed_forward",
    "02_back_propagation",
    "03_convolution",
    "04_recurrent_networks",
    "05_reading_refnn",
]
MACHINE_PATH = re.compile(r"/(home|root|tmp|work|usr|Users)/|site-packages| at 0x[0-9a-f]+")


def listings(notebook):
    """What the cells print that show refnn's source."""
    shown = [cell for cell in notebook.cells if re.search(r"^show\(", cell.source, re.MULTILINE)]
    return [output["text"] for cell in shown for output in cell.outputs]


def outputs(notebook):
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


def test_every_notebook_is_listed():
    assert names() == CHAPTERS


@pytest.mark.slow
@pytest.mark.timeout(900)  # a minute of work for the longest, on a machine that may be busy
@pytest.mark.parametrize("name", CHAPTERS)
def test_runs_from_top_to_bottom(name):
    stored, notebook = listings(read(name)), read(name)
    run(notebook)
    assert listings(notebook) == stored, f"refnn's source has changed: python notebooks/store.py {name}"


def test_a_wrong_value_in_a_notebook_is_noticed():
    source = "from support import agree\nagree(ours=1.0, theirs=1.1)"
    wrong = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    with pytest.raises(nbclient.exceptions.CellExecutionError, match="AssertionError"):
        run(wrong)


@pytest.mark.parametrize("name", CHAPTERS)
def test_stored_with_results(name):
    notebook = read(name)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert not [output for output in outputs(notebook) if output.output_type == "error"]
    assert not [output for output in outputs(notebook) if output.get("name") == "stderr"]
    assert any("image/png" in output.get("data", {}) for output in outputs(notebook))


@pytest.mark.parametrize("name", CHAPTERS)
def test_text_reads_as_markdown(name):
    texts = [cell.source for cell in read(name).cells if cell.cell_type == "markdown"]
    titles = [line for text in texts for line in text.splitlines() if line.startswith("# ")]
    assert titles == texts[0].splitlines()[:1]
    for line in "\n".join(re.sub(r"\$\$.*?\$\$", "", text, flags=re.DOTALL) for text in texts).splitlines():
        assert line.count("$") % 2 == 0, f"a formula runs over the end of the line: {line}"


@pytest.mark.parametrize("name", CHAPTERS)
def test_stored_without_traces_of_a_machine(name):
    notebook = read(name)
    assert notebook.metadata.kernelspec.name == "python3"
    assert not any(cell.metadata for cell in notebook.cells)
    for cell in notebook.cells:
        assert not MACHINE_PATH.search(cell.source), cell.id
    for output in outputs(notebook):
        text = output.get("text", "") + output.get("data", {}).get("text/plain", "")
        assert not MACHINE_PATH.search(text), text
