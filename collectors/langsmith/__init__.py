"""Read the parts of LangSmith apart: statistics of projects, experiments, prompts."""
