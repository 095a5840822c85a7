"""Layers that archspec does not have."""
