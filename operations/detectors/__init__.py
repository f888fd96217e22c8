"""One module per failure mode: what it watches, its settings, and what speaks for it on a day.

Each has ``MODE``, ``NEEDS`` (the signals without which it cannot see), ``Settings`` (limits with defaults) and
``judge``, which is pure: a bench, the settings, a day and the day up to which all was handled. Detectors do not know
each other; which of two that speak at once is the cause is decided in ``operations.episodes``.
"""
