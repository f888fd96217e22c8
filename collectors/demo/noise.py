"""Give noise as a function of its place: any hour of any series can be computed alone and always comes out the same."""

import math
from typing import Final
from zlib import crc32

_MASK: Final = (1 << 64) - 1
_GOLDEN: Final = 0x9E3779B97F4A7C15


def key_of(seed: int, *names: str) -> int:
    """Turn a seed and names into the number that a series' noise starts from."""
    return _mix(seed * _GOLDEN ^ crc32("\x1f".join(names).encode()) ^ (crc32(names[-1].encode()) << 32))


def uniform(key: int, place: int) -> float:
    """Give a number in [0, 1) for a place of a series."""
    return _mix(key + place * _GOLDEN) / 2**64


def normal(key: int, place: int) -> float:
    """Give a number that is close to standard normal, within -3.46 and 3.46: the sum of four uniform ones."""
    bits = _mix(key + place * _GOLDEN)
    total = (bits & 0xFFFF) + (bits >> 16 & 0xFFFF) + (bits >> 32 & 0xFFFF) + (bits >> 48)
    return (total / 65536 - 2) * math.sqrt(3)


def hex_id(key: int, place: int, length: int = 32) -> str:
    """Give an identifier in hexadecimal digits, as servers invent them."""
    parts = (_mix(key + place * _GOLDEN + part) for part in range(-(-length // 16)))
    return "".join(f"{part:016x}" for part in parts)[:length]


def _mix(value: int) -> int:
    """Scramble 64 bits (the finaliser of splitmix64)."""
    value &= _MASK
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 & _MASK
    value = (value ^ value >> 27) * 0x94D049BB133111EB & _MASK
    return value ^ value >> 31
