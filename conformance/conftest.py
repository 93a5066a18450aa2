"""Where torch is missing, there is nothing to compare with: no test here is collected."""

import importlib.util

if importlib.util.find_spec("torch") is None:
    collect_ignore_glob = ["test_*.py"]
else:
    from conformance.harness.plugin import (  # noqa: F401
        judge,
        pytest_addoption,
        pytest_configure,
        pytest_report_teststatus,
        pytest_runtest_logreport,
        pytest_sessionfinish,
        pytest_sessionstart,
        pytest_terminal_summary,
    )
