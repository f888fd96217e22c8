"""Read what OpenRouter says of an account: activity by day, credits and limits of keys, models and their end."""
