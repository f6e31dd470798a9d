"""One module for each kind of mistake: `check(manifests)` yields what is wrong."""
