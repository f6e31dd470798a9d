"""Checks the Kubernetes manifests without a cluster, and applies them to one."""
