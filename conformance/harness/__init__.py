"""The library behind the conformance tests; `conformance/__init__.py` says how to run them."""
