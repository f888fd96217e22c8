"""Carry a person's decision out at the source that proposed the change, guarded by what the person was shown."""
