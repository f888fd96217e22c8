"""Read Anthropic's reports; the kind itself is ``collectors.kinds.anthropic``."""
