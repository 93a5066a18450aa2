"""Functions of the torch namespace: signatures, checks and error text, above the ops."""
