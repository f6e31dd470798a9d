"""Write the dashboards and the objectives with their rules."""
