"""Read the parts of an Opik server apart: metrics of projects, experiments."""
