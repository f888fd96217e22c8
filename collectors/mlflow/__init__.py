"""Read the parts of an MLflow server apart: evaluation runs, trace metrics, registered versions."""
