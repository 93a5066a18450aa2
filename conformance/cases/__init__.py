"""Our own samples, by family: rows of data. `ROWS` holds those of every file here that has any."""

import importlib
import pkgutil

_FAMILIES = [importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]

ROWS = [row for family in _FAMILIES for row in getattr(family, "ROWS", [])]
