#!/bin/sh
# Applies a rendered overlay so that no request is lost: `roll-out.sh NAMESPACE FILE`.
# Order: all other resources, the migrations until they complete, then one service after the other, because starting all
# together would leave no CPU time for requests. If no service runs yet, all start together.
set -eu
namespace=$1 file=$2
limit=${TIMEOUT:-15m}

# A Job is immutable, so delete it. An interrupted migration is rolled back, and the next Job repeats it.
kubectl delete jobs --namespace "$namespace" --selector 'component in (migrations, signing-keys)' --ignore-not-found
kubectl apply --server-side --force-conflicts --filename "$file" --selector 'component!=server'
kubectl wait jobs --namespace "$namespace" --selector component=migrations --for condition=Complete --timeout "$limit"

running=$(kubectl get deployments --namespace "$namespace" --selector component=server --output name)
if [ -z "$running" ]; then
  kubectl apply --server-side --force-conflicts --filename "$file" --selector component=server
else
  # The gateway is last, because its new routes need new services. payment-service and order-service are before
  # menu-service, so that they can handle its new events.
  all=$(kubectl apply --dry-run=client --output name --filename "$file" --selector component=server | sort --reverse)
  for one in $all; do
    kubectl apply --server-side --force-conflicts --filename "$file" --selector "component=server,app=${one##*/}"
    case $running in *"$one"*) kubectl rollout status --namespace "$namespace" "$one" --timeout "$limit" ;; esac
  done
fi
kubectl rollout status deployment --namespace "$namespace" --selector app.kubernetes.io/part-of=foodapp --timeout "$limit"
