"""Kinds of source of the example company."""
