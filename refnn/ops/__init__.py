"""The reference itself: for each operation its equation, its NumPy kernel and its derivative rule."""
