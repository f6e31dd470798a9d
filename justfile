# Every recipe calls the same tools as CI. `just` lists them; `foodctl --help` tells more.
set positional-arguments

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

# check what must be true of every order, its money and its events
verify *options:
    uv run foodctl verify "$@"

# measure the hot paths against references, as ratios in one run
bench *options:
    uv run foodctl bench "$@"

# format, lint, types, walls and tests: all that a change must pass
check: format lint types imports test

# write every file in the one format
format:
    uv run ruff format
    uv run ruff check --select I --fix --quiet

# find what ruff can
lint:
    uv run ruff check
    uv run ruff format --check

# check types
types:
    uv run mypy -p foodchassis -p foodevents -p foodctl -p api_gateway
    uv run mypy -p user_service -p menu_service -p order_service -p payment_service -p delivery_service
    for tests in libs/*/tests services/*/tests tests; do uv run mypy "$tests"; done

# check who imports whom
imports:
    uv run lint-imports

# run the tests
test *options:
    uv run pytest "$@"

# run every race a thousand times
races *options:
    uv run pytest tests/races --rounds 1000 -n 0 "$@"

# play 100,000 lives of an order without servers, with crashes, repeats and delays: `just simulate --seed 7`
simulate *options:
    uv run foodctl simulate --histories 100000 "$@"

# write docs/events and docs/machines anew from the code
docs:
    uv run foodctl docs
