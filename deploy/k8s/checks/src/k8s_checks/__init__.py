"""Checks the Kubernetes manifests without a cluster, and brings them to one."""
