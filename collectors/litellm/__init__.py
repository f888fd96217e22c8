"""Read what a LiteLLM proxy keeps in its database: spend by day, budgets of teams and keys, dates of models."""
