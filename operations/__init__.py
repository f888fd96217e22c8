"""Judge what was collected: thresholds, breaches, health, approvals; hold no network, widget or clock."""
