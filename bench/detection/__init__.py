"""How well failures are found, beside floors and goals; ``python -m bench.detection`` scores it all."""
