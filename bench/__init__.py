"""Measurements beside their limits; ``make bench`` runs them all."""
