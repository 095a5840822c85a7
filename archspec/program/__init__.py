"""The program model of emitted source: Python's own `ast` trees, how they are built, and how they are printed."""
