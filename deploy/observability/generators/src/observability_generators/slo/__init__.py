"""Service level objectives: one table, from which rules, their unit tests, a page and a dashboard are written."""

from observability_generators.slo.objectives import OBJECTIVES, Objective

__all__ = ["OBJECTIVES", "Objective"]
