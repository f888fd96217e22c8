"""Read the parts of a Langfuse project apart: requests, costs, scores, prompts."""
