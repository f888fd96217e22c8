"""How often gates are wrong, at the level that they state."""
