#!/bin/sh
# Runs foodctl inside a cluster, as a Job made from the CronJob `toolbox`: `foodctl.sh NAMESPACE dlq list`.
# With -i first, standard input is forwarded: `foodctl.sh -i NAMESPACE admin EMAIL --name NAME <password`.
set -eu
input=
if [ "$1" = -i ]; then
  input=yes
  shift
fi
namespace=$1
shift
job="toolbox-$(date +%s)-$$"

arguments=
for one in "$@"; do
  arguments="$arguments,\"$(printf %s "$one" | sed 's/\\/\\\\/g; s/"/\\"/g')\""
done
patch="[{\"op\": \"replace\", \"path\": \"/spec/template/spec/containers/0/args\", \"value\": [${arguments#,}]}]"

trap 'kubectl delete job --namespace "$namespace" "$job" --ignore-not-found --wait=false >/dev/null' EXIT
kubectl create job --namespace "$namespace" "$job" --from=cronjob/toolbox --dry-run=client --output yaml |
  kubectl patch --local --filename - --type json --patch "$patch" --output yaml |
  kubectl create --filename - >/dev/null

condition() { # type field: empty until the Job has that condition
  kubectl get job --namespace "$namespace" "$job" --output "jsonpath={.status.conditions[?(@.type==\"$1\")].$2}"
}
# A Job can fail without a pod, and a pod can end before it is seen running.
ended() { [ -n "$(condition Complete status)$(condition Failed status)" ]; }
running() {
  [ "$(kubectl get pods --namespace "$namespace" --selector "job-name=$job" --output 'jsonpath={.items[*].status.phase}')" = Running ]
}
if [ -n "$input" ]; then
  until running || ended; do sleep 1; done
  ended || kubectl attach --namespace "$namespace" --stdin --quiet "job/$job" >/dev/null || ! running
fi
until ended; do sleep 1; done
kubectl logs --namespace "$namespace" "job/$job" || echo "foodctl.sh: $(condition Failed message)" >&2
[ -n "$(condition Complete status)" ]
