"""Read Amazon Bedrock: its metrics from CloudWatch and its costs from Cost Explorer."""
