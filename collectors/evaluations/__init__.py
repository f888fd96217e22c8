"""What the tools that evaluate LLM systems write into files: one module for each tool, each knowing one format."""
