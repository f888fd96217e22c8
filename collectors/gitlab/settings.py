"""Define the options of a GitLab source."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from collectors.access import Access
from collectors.changes import PATHS, PathRule
from store.records import ChangeClass


@dataclass(frozen=True, slots=True)
class Settings:
    """Options under ``[sources.options]``; ``projects`` are paths such as ``group/name``, or numbers.

    Merge requests count that touch one of ``paths``; without any, none is asked for. Of one with more than ``files``
    files the rest is not looked at; it counts when it cannot be ruled out. ``approvals`` settle it where GitLab itself
    wants none. Deployments count to ``environments`` (``*`` allowed); without any, none is asked for. ``risks`` says
    which label means which risk. A row is routed by ``project``, ``class``, ``rule`` (the name of the path's rule),
    ``author``, ``branch``, ``environment``, ``job``, or by a label such as ``system::checkout``.
    """

    projects: tuple[str, ...]
    url: str = "https://gitlab.com"
    paths: tuple[PathRule, ...] = PATHS
    files: int = 300
    approvals: int = 1
    risks: Mapping[str, str] = field(default_factory=dict)
    environments: tuple[str, ...] = ("*",)
    deployment_class: ChangeClass = "config"
    access: Access = field(default_factory=Access)

    def __post_init__(self) -> None:
        """Refuse a project that is none, and limits at which nothing could be seen."""
        if not self.projects or not all(self.projects):
            raise ValueError("expected at least one project, as group/name or as its number")
        if self.files < 1 or self.approvals < 1:
            raise ValueError("expected files and approvals of 1 or more")
