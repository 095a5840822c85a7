"""Images at which networks are compared that take any."""

SMALL = {"image": (64, 64, 3)}

SMALLER = {"image": (32, 32, 3)}
"""For networks that are others over again, deeper and wider."""
