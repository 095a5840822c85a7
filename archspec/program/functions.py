"""Functions of the language that Python lacks, as emitted source defines them."""

MAKE_DIVISIBLE = '''def make_divisible(value: float, divisor: int) -> int:
    """The multiple of the divisor nearest to a number of channels, at least 0.9 of it."""
    multiple = max(divisor, int(value + divisor / 2) // divisor * divisor)
    return multiple + divisor if multiple < 0.9 * value else multiple
'''
