"""Scaffolds: named recipes of one loop, a YAML file each."""

from nano_agent.scaffolds.resolve import load_scaffold, scaffold_names
from nano_agent.scaffolds.scaffold import Limits, Observation, Scaffold

__all__ = ["Limits", "Observation", "Scaffold", "load_scaffold", "scaffold_names"]
