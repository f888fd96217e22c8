"""One module per benchmark, found by itself: each gives its rows by ``rows(effort)``."""
