"""What a test needs: `assert_close`, for refnn's tensors, NumPy's arrays and torch's tensors alike."""

from refnn.testing.close import assert_close, default_tolerances

__all__ = ["assert_close", "default_tolerances"]
