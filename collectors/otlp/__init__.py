"""What OpenTelemetry's JSON lines say of LLM systems: points of metrics, and results of evaluations."""
