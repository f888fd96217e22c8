"""Read the parts of GitHub apart: pull requests with their reviews and checks, deployments that wait."""
