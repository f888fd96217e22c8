"""Bring up real source systems on loopback, for tests and ``make real``: two metric stores, MLflow and an LLM."""
