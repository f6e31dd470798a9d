#!/bin/sh
# Creates a role and a database for each service with a password in the environment; only this role may connect.
set -eu
for variable in $(env | sed -n 's/^\([A-Z_]*_SERVICE_PASSWORD\)=.*/\1/p' | sort); do
  name="$(echo "${variable%_PASSWORD}" | tr '[:upper:]' '[:lower:]')"
  psql --quiet --no-psqlrc --set=ON_ERROR_STOP=1 --set="name=$name" <<SQL
\getenv password $variable
SELECT format('CREATE ROLE %I LOGIN', :'name') WHERE to_regrole(:'name') IS NULL \gexec
ALTER ROLE :"name" PASSWORD :'password';
SELECT format('CREATE DATABASE %I OWNER %I', :'name', :'name')
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \gexec
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
SQL
  echo "database $name is ready"
done
