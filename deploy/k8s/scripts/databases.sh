#!/bin/sh
# Saves or restores a consistent copy of the databases of a namespace:
#   databases.sh save NAMESPACE FOLDER
#   databases.sh restore NAMESPACE FOLDER
# The services and the hourly verify are stopped meanwhile, and always started again. PostgreSQL is the pod
# postgres-0, or the server at ADMIN_URL, such as postgresql://superuser@host:5432, with the password in PGPASSWORD or
# ~/.pgpass.
set -eu
action=$1 namespace=$2 folder=$3
services="--namespace $namespace --selector component=server"

in_database() { # database program [option...]
  database=$1 program=$2
  shift 2
  if [ -n "${ADMIN_URL:-}" ]; then
    "$program" "$@" --dbname "$ADMIN_URL/$database"
  else
    kubectl exec --stdin --namespace "$namespace" postgres-0 -- "$program" --username postgres "$@" --dbname "$database"
  fi
}

# A concurrent verify would report missing rows.
suspend_verify() { # true or false
  kubectl patch cronjob verify --namespace "$namespace" --patch "{\"spec\": {\"suspend\": $1}}"
}

stop() {
  # Unquoted, because it contains several options.
  # shellcheck disable=SC2086
  replicas=$(kubectl get deployments $services --output jsonpath='{range .items[*]}{.metadata.name}={.spec.replicas} {end}')
  trap start EXIT
  suspend_verify true
  # shellcheck disable=SC2086
  kubectl scale deployments $services --replicas 0
  # shellcheck disable=SC2086
  kubectl wait pods $services --for delete --timeout 3m
}

# An autoscaler ignores a Deployment with zero replicas, so restore the previous number, at least one.
start() {
  for one in $replicas; do
    before=${one#*=}
    [ "$before" -gt 0 ] || before=1
    kubectl scale deployment --namespace "$namespace" "${one%=*}" --replicas "$before"
  done
  for one in $replicas; do
    kubectl rollout status deployment --namespace "$namespace" "${one%=*}" --timeout 10m
  done
  suspend_verify false
}

save() {
  mkdir -p "$folder"
  names=$(in_database postgres psql --no-psqlrc --tuples-only --no-align --command \
    "SELECT datname FROM pg_database WHERE datname LIKE '%\_service' ORDER BY datname")
  stop
  for name in $names; do
    in_database "$name" pg_dump --format custom >"$folder/$name.draft"
    mv "$folder/$name.draft" "$folder/$name.dump"
  done
}

restore() {
  ls "$folder"/*_service.dump >/dev/null
  stop
  for file in "$folder"/*_service.dump; do
    name=$(basename "$file" .dump)
    in_database "$name" pg_restore --clean --if-exists --no-owner --role "$name" --exit-on-error --single-transaction <"$file"
  done
}

case $action in
  save | restore) "$action" ;;
  *)
    echo "databases.sh: the action must be save or restore, not $action" >&2
    exit 2
    ;;
esac
