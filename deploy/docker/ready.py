"""Exit with 0 when the service in this container says that it is ready for requests."""

import http.client
import sys


def main() -> int:
    """Ask the service; whatever goes wrong is not ready."""
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
