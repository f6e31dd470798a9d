"""nginx as the reference proxy for the gateway, and as the small upstream of both."""

from pathlib import Path
from shutil import which

from devservers import programs
from devservers.spawning import Program, unprivileged
from devservers.steps import Say

_PLACES = ("/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/local/bin/nginx", "/opt/homebrew/bin/nginx")
_ANSWER = '{"items": [{"id": "0190b2c3-0000-7000-8000-000000000001", "name": "Da Lia", "open": true}]}'
# Connections stay open for the whole run, like those of the gateway.
_KEPT = 1_000_000_000
_TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def find_nginx(say: Say) -> Path:
    """Find nginx on this machine, or install it if permitted."""
    return programs.required("nginx", _find, say)


def upstream_program(nginx: Path, folder: Path, port: int) -> Program:
    """Return the upstream program, which answers every request with a small JSON body."""
    server = f"listen 127.0.0.1:{port}; location / {{ default_type application/json; return 200 '{_ANSWER}'; }}"
    return _program("upstream", nginx, folder, port, f"server {{ {server} }}")


def proxy_program(nginx: Path, folder: Path, port: int, upstream: int) -> Program:
    """Return the proxy program: one worker, keep-alive connections on both sides."""
    behind = f"upstream service {{ server 127.0.0.1:{upstream}; keepalive 64; keepalive_requests {_KEPT}; }}"
    passing = 'proxy_pass http://service; proxy_http_version 1.1; proxy_set_header Connection "";'
    return _program(
        "nginx", nginx, folder, port, f"{behind} server {{ listen 127.0.0.1:{port}; location / {{ {passing} }} }}"
    )


def _program(name: str, nginx: Path, folder: Path, port: int, servers: str) -> Program:
    account = unprivileged("www-data")
    folder = folder / name
    folder.mkdir()
    configuration = folder / "nginx.conf"
    temporary = "".join(f"{one}_temp_path {folder}/{one};\n" for one in _TEMPORARY)
    # A single process without workers: it leaves no processes behind, and its CPU time is complete.
    configuration.write_text(
        f"daemon off;\nmaster_process off;\npid {folder}/nginx.pid;\nerror_log stderr warn;\n"
        "events { worker_connections 1024; }\n"
        f"http {{\naccess_log off;\nkeepalive_requests {_KEPT};\nkeepalive_timeout 600s;\n{temporary}{servers}\n}}\n"
    )
    if account:
        account.own(folder, configuration)
    return Program(
        name=name,
        argv=(str(nginx), "-e", "stderr", "-p", str(folder), "-c", str(configuration)),
        cwd=folder,
        env={"PATH": "/usr/bin:/bin"},
        inherits=False,
        port=port,
        account=account,
    )


def _find() -> Path | None:
    on_path = which("nginx")
    places = ([Path(on_path)] if on_path else []) + [Path(place) for place in _PLACES]
    return next((place for place in places if place.exists()), None)
