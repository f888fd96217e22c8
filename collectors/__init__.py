"""Fetch what sources know and hand it on as records; know no thresholds and no screens."""
