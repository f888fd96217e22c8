"""One module per screen; a screen answers one question."""
