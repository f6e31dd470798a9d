# Every recipe runs the same tools as CI. `just` lists the recipes; `foodctl --help` describes further commands.
set positional-arguments

# images of containers often set it, and then every process compiles all packages again
export PYTHONDONTWRITEBYTECODE := ""

# packages that a service may import without declaring them, because the chassis depends on them
stack := "fastapi|joserfc|opentelemetry|orjson|prometheus_client|pydantic|pydantic_core|pydantic_settings|redis|sqlalchemy|sqlmodel|starlette|structlog|typing_extensions|uvicorn"

[private]
default:
    @just --list --unsorted

# start everything in the background, and have one order delivered
up *options:
    uv run foodctl up "$@"

# stop everything and keep the data
down:
    uv run foodctl down

# stop everything and delete the data
clean:
    uv run foodctl clean

# show the running processes and their addresses
status:
    uv run foodctl status

# show the logs of every service or of one; -f follows
logs *options:
    uv run foodctl logs "$@"

# place orders through the gateway and show their progress
demo *options:
    uv run foodctl demo "$@"

# simulate a city of customers, restaurants and drivers on the running system: `just city --speed 60 --minutes 8`
city *options:
    uv run foodctl city "$@"

# place orders during faults of every part, then recover, verify and report: `just chaos kill freeze --orders 1000 --seed 7`
chaos *options:
    uv run foodctl chaos "$@"

# check the invariants of all orders, payments and events
verify *options:
    uv run foodctl verify "$@"

# measure frequent operations relative to references; `just bench orders` measures whole orders and their cost
bench *options:
    uv run foodctl bench "$@"

# record a flame graph of one service under full load of orders: `just profile order-service`
profile *options:
    uv run foodctl profile "$@"

# run format, lint, types and tests: the checks of every change
check: format lint types test

# format all files
format:
    uv run ruff format
    uv run ruff check --select I --fix --quiet

# run ruff, check the import rules, and find undeclared imports
lint:
    uv run ruff check
    uv run ruff format --check
    uv run lint-imports
    @for package in libs/[a-z]*/ deploy/k8s/checks deploy/observability/generators; do just _declared "$package" || exit 1; done
    @for package in services/[a-z]*/; do just _declared "$package" --per-rule-ignores "DEP002=fastapi-offline|tzdata,DEP003={{ stack }}" || exit 1; done

_declared package *options:
    @cd "$1" && shift && uv run --with deptry==0.25.1 deptry src "$@"

# check types
types:
    uv run mypy -p sample_service $(ls -d libs/*/src/* services/*/src/* deploy/*/*/src/* | sed 's|.*/|-p |')
    for tests in libs/conftest.py libs/*/tests libs/foodlab/templates/*/tests services/*/tests tests; do uv run mypy "$tests" || exit 1; done

# run all tests, or the given ones: `just test tests/races --rounds 1000 -n 0` runs every race a thousand times
test *options:
    uv run pytest "$@"

# test the console in a real browser (the Debian package chromium): `just browser -s` shows how long each page takes
browser *options:
    uv run --group browser pytest tests/browser -m browser -n 0 "$@"

# run the tests that cross services, on real servers; those of one service: `cd services/menu-service && uv run pytest`
test-integration *options:
    uv run pytest tests/contract tests/e2e tests/races tests/security tests/telemetry tests/upgrades "$@"

# run mutation tests of the pure modules, and list the mutations that no test detects: `just mutate order-service`
mutate *packages:
    PYTHONPATH=tests nice uv run --with mutmut==3.8.1 python -m mutation.mutate "$@"

# simulate 100,000 histories of an order without servers, with crashes, repeats and delays: `just simulate --seed 7`
simulate *options:
    uv run foodctl simulate --histories 100000 "$@"

# regenerate files from deploy/services.toml and the code: lists of services, event schemas, machines, objectives and their rules, dashboards
docs:
    uv run foodctl services
    uv run foodctl docs
    uv run foodctl k8s rules

# build the images of all services; set REGISTRY, OWNER, VERSION and PLATFORMS to change them
build-all *options:
    REVISION="$(git rev-parse HEAD)" docker buildx bake --file deploy/docker/bake.hcl "$@"

# check the Kubernetes manifests, scripts, workflows and the Dockerfile, without a cluster
k8s-check *options:
    uv run foodctl k8s check "$@"

# run everything in k3d, kind or minikube
k8s-dev:
    uv run foodctl k8s dev

# create a service that stores and serves one kind of object and handles two events: `just new-service coupon`
new-service name:
    uv run foodctl new-service "$1"
    just docs

# create the tag of a release from a clean main: `just tag v=1.0.0`
tag version:
    uv run foodctl tag "$1"
