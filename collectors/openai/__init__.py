"""Read OpenAI's reports; the kind itself is ``collectors.kinds.openai``."""
