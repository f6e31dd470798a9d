#!/bin/sh
# Restarts the services of a namespace one after the other, so that no request is lost: `restart.sh NAMESPACE`.
set -eu
namespace=$1
for one in $(kubectl get deployments --namespace "$namespace" --selector component=server --output name | sort --reverse); do
  kubectl rollout restart --namespace "$namespace" "$one"
  kubectl rollout status --namespace "$namespace" "$one" --timeout "${TIMEOUT:-10m}"
done
