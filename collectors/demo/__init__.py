"""Play the part of a portfolio's sources on loopback, so that the whole tool can be seen without any account."""
