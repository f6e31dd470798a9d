"""The commands for Kubernetes."""
