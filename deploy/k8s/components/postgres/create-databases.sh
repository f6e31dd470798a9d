#!/bin/sh
# The image runs this once, when the data directory is empty.
set -eu
for service in user_service menu_service order_service payment_service delivery_service; do
  psql --set=ON_ERROR_STOP=1 --set=service="$service" --set=password="$SERVICES_PASSWORD" <<'SQL'
CREATE ROLE :"service" LOGIN PASSWORD :'password';
CREATE DATABASE :"service" OWNER :"service";
REVOKE ALL ON DATABASE :"service" FROM PUBLIC;
SQL
done
