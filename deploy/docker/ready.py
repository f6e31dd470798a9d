"""Exit with 0 if the service in this container is ready for requests, otherwise with 1."""

import http.client
import sys


def main() -> int:
    """Call the readiness endpoint; every error counts as not ready."""
    connection = http.client.HTTPConnection("127.0.0.1", 8000, timeout=8)
    try:
        connection.request("GET", "/health/ready")
        return 0 if connection.getresponse().status == http.client.OK else 1
    except (OSError, http.client.HTTPException):
        return 1
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
