"""What the README shows is so: its programs run, its commands exist, its links lead somewhere."""

import contextlib
import io
import re
import tomllib
from pathlib import Path

import pytest

from refnn.cli import main
from refnn.testing.conformance import functionals, modules

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PYTHON = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
CONSOLE = re.findall(r"^\$ (.*?)(?: +#.*)?$", README, re.MULTILINE)
PRINTS = re.compile(r"^print\(.*?\)  +# (?P<text>.*?), the text that torch prints$", re.MULTILINE)


def printed(source):
    """What a program prints; tests that it defines run as well."""
    names = {"__name__": "readme"}
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(compile(source, "README.md", "exec"), names)
        tests = [value for name, value in names.items() if name.startswith("test_")]
        for test in tests:
            test()
    return out.getvalue()


def test_there_is_something_to_check():
    assert len(PYTHON) >= 3
    assert len(CONSOLE) >= 3
    assert PRINTS.search(PYTHON[0])


@pytest.mark.parametrize("source", PYTHON, ids=lambda source: source.splitlines()[0][:30])
def test_programs_run(source):
    out = printed(source)
    stated = PRINTS.search(source)
    if stated:
        assert out.strip() == stated["text"]


def test_the_first_program_prints_the_same_under_torch():
    assert printed(PYTHON[0].replace("refnn", "torch")) == printed(PYTHON[0])


@pytest.mark.parametrize("command", CONSOLE)
def test_commands_exist(command, capsys, monkeypatch):
    words = command.split()
    if words[0] == "make":
        assert f"\n{words[1]}: " in (ROOT / "Makefile").read_text(encoding="utf-8")
        return
    assert words[0] == ".venv/bin/refnn"
    monkeypatch.chdir(ROOT)
    assert main(words[1:]) == 0
    shown = [_without_places(line) for line in capsys.readouterr().out.splitlines()]
    stated = re.search(rf"^\$ {re.escape(command)}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)[1].splitlines()
    if stated:
        assert shown == [_without_places(line) for line in stated]
    else:
        assert any("within the bound" in line for line in shown)


def _without_places(line):
    """Where in a file a thing stands, how long the line below it is, and the last digits may change."""
    line = re.sub(r"(\.py):\d+", r"\1", line)
    line = re.sub(r"^[-=]+$", "---", line)
    return re.sub(r"\d+(\.\d+)?(e[-+]\d+)? *", "0 ", line) if "  " in line.strip() or "float32 error" in line else line


def test_targets_named_in_the_text_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"`make (\w+)`", README):
        assert f"\n{target}: " in makefile


def test_extras_exist():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = set(re.findall(r"refnn\[(\w+)\]", README))
    assert named == set(project["optional-dependencies"])


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\(([^)#]+)\)", README))))
def test_links_lead_somewhere(target):
    assert target.startswith("https://") or (ROOT / target).exists()


@pytest.mark.parametrize(
    "path", sorted(set(re.findall(r"`((?:\.ci|conformance|examples|refnn|tests)/[\w./]*)`", README)))
)
def test_paths_exist(path):
    assert (ROOT / path).exists() or path == "conformance/scoreboard.json"  # the run of the suite writes it


def test_denominators_are_as_stated():
    text = " ".join(README.split())
    assert f"{len(modules.INFOS)} modules" in text
    assert f"{len(functionals.FUNCTIONALS)} functionals" in text
