"""Change management: who may decide what of a change, on which evidence, and where each change stands."""
