"""Tensor's attributes and methods, by subject; refnn.tensor puts them together."""
