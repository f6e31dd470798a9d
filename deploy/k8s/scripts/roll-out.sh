#!/bin/sh
# Applies a rendered overlay so that no request is lost: `roll-out.sh NAMESPACE FILE`.
# First everything but the services, then the migrations to their end, then one service after the other: a machine
# that starts all at once has no processor left to answer. Where no service runs yet, all start together.
set -eu
namespace=$1 file=$2
limit=${TIMEOUT:-15m}

# A Job can't be changed. A migration that is cut short is rolled back, and the next one does it all.
kubectl delete jobs --namespace "$namespace" --selector 'component in (migrations, signing-keys)' --ignore-not-found
kubectl apply --server-side --force-conflicts --filename "$file" --selector 'component!=server'
kubectl wait jobs --namespace "$namespace" --selector component=migrations --for condition=Complete --timeout "$limit"

running=$(kubectl get deployments --namespace "$namespace" --selector component=server --output name)
if [ -z "$running" ]; then
  kubectl apply --server-side --force-conflicts --filename "$file" --selector component=server
else
  # The gateway comes last: it may know routes that the others do not have yet. payment-service and order-service come
  # before menu-service: they know what it publishes before it does.
  all=$(kubectl apply --dry-run=client --output name --filename "$file" --selector component=server | sort --reverse)
  for one in $all; do
    kubectl apply --server-side --force-conflicts --filename "$file" --selector "component=server,app=${one##*/}"
    case $running in *"$one"*) kubectl rollout status --namespace "$namespace" "$one" --timeout "$limit" ;; esac
  done
fi
kubectl rollout status deployment --namespace "$namespace" --selector app.kubernetes.io/part-of=foodapp --timeout "$limit"
