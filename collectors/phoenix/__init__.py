"""Read the parts of a Phoenix server apart: projects of traces, experiments, prompts."""
