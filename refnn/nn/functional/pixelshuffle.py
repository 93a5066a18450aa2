"""pixel_shuffle and pixel_unshuffle."""

from __future__ import annotations

from refnn.functions.pixelshuffle import pixel_shuffle, pixel_unshuffle

__all__ = ["pixel_shuffle", "pixel_unshuffle"]
