# Every recipe calls the same tools as CI. `just` lists them; `foodctl --help` tells more.
set positional-arguments

# what a service may import without declaring it, because the chassis brings it
stack := "fastapi|joserfc|opentelemetry|orjson|prometheus_client|pydantic|pydantic_core|pydantic_settings|redis|sqlalchemy|sqlmodel|starlette|structlog|typing_extensions|uvicorn"

[private]
default:
    @just --list --unsorted

# start everything, send one order to the door, and stay up in the background
up *options:
    uv run foodctl up "$@"

# stop everything and keep the data
down:
    uv run foodctl down

# stop everything and drop the data
clean:
    uv run foodctl clean

# say what runs, and where
status:
    uv run foodctl status

# show the logs of every service or of one; -f follows
logs *options:
    uv run foodctl logs "$@"

# send orders through the gateway and watch them move
demo *options:
    uv run foodctl demo "$@"

# fill the running system with life, customers, kitchens and couriers: `just city --speed 60 --minutes 8`
city *options:
    uv run foodctl city "$@"

# place orders while faults hit every part, then heal, verify and count: `just chaos kill freeze --orders 1000 --seed 7`
chaos *options:
    uv run foodctl chaos "$@"

# check what must be true of every order, its money and its events
verify *options:
    uv run foodctl verify "$@"

# measure the hot paths against references, as ratios in one run; `just bench orders` whole orders and what they cost
bench *options:
    uv run foodctl bench "$@"

# draw a flame graph of one service while it is saturated with orders: `just profile order-service`
profile *options:
    uv run foodctl profile "$@"

# format, lint, types and tests: all that a change must pass
check: format lint types test

# write every file in the one format
format:
    uv run ruff format
    uv run ruff check --select I --fix --quiet

# run ruff, check the import rules, and find imports that a package does not declare
lint:
    uv run ruff check
    uv run ruff format --check
    uv run lint-imports
    @for package in libs/*/ deploy/k8s/checks deploy/observability/generators; do just _declared "$package" || exit 1; done
    @for package in services/*/; do just _declared "$package" --per-rule-ignores "DEP002=fastapi-offline|tzdata,DEP003={{ stack }}" || exit 1; done

_declared package *options:
    @cd "$1" && shift && uv run --with deptry==0.25.1 deptry src "$@"

# check types
types:
    uv run mypy -p sample_service $(ls -d libs/*/src/* services/*/src/* deploy/*/*/src/* | sed 's|.*/|-p |')
    for tests in libs/conftest.py libs/*/tests libs/foodlab/templates/*/tests services/*/tests tests; do uv run mypy "$tests" || exit 1; done

# run the tests, or those you name: `just test tests/races --rounds 1000 -n 0` runs every race a thousand times
test *options:
    uv run pytest "$@"

# use the console in a real browser (the Debian package chromium): `just browser -s` shows how long each page takes
browser *options:
    uv run --group browser pytest tests/browser -m browser -n 0 "$@"

# run the tests that cross services, on real servers; those of one service: `cd services/menu-service && uv run pytest`
test-integration *options:
    uv run pytest tests/contract tests/e2e tests/races tests/security tests/telemetry tests/upgrades "$@"

# change the pure modules in small ways, and name the changes that no test notices: `just mutate order-service`
mutate *packages:
    PYTHONPATH=tests nice uv run --with mutmut==3.8.1 python -m mutation.mutate "$@"

# play 100,000 lives of an order without servers, with crashes, repeats and delays: `just simulate --seed 7`
simulate *options:
    uv run foodctl simulate --histories 100000 "$@"

# write anew what follows from deploy/services.toml and the code: lists of services, event schemas, machines, objectives and their rules, dashboards
docs:
    uv run foodctl services
    uv run foodctl docs
    uv run foodctl k8s rules

# build the images of all services: REGISTRY, OWNER, VERSION and PLATFORMS name them
build-all *options:
    REVISION="$(git rev-parse HEAD)" docker buildx bake --file deploy/docker/bake.hcl "$@"

# check the Kubernetes manifests and all that ships them, without a cluster
k8s-check *options:
    uv run foodctl k8s check "$@"

# run everything in k3d, kind or minikube
k8s-dev:
    uv run foodctl k8s dev

# make a service that stores one thing, serves it and hears two events: `just new-service coupon`
new-service name:
    uv run foodctl new-service "$1"
    just docs

# make the tag of a release from a clean main: `just tag v=1.0.0`
tag version:
    uv run foodctl tag "$1"
