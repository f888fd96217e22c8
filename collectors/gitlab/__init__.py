"""Read the parts of GitLab apart: merge requests with their approvals and pipelines, deployments that are blocked."""
