"""Read Azure OpenAI and Foundry: metrics from Azure Monitor and costs from Cost Management."""
