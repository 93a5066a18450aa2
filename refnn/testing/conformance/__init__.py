"""torch's own samples, run with torch and with refnn, or with somebody's module in refnn's place.

Its modules import torch and torch's test tables when they are imported; nothing else in refnn does.
"""
