"""Creates the Secret `signing-keys` in this pod's namespace, unless it exists."""

import json
import os
import ssl
from http import HTTPStatus
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from user_service.keys import new_keys

NAME = "signing-keys"
ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")


def main() -> None:
    """Create the Secret; an existing one is never replaced, because that would invalidate every token."""
    namespace = (ACCOUNT / "namespace").read_text()
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": NAME, "labels": {"app.kubernetes.io/part-of": "foodapp"}},
        "stringData": {"SIGNING_KEYS": new_keys()},
    }
    server = f"https://{os.environ['KUBERNETES_SERVICE_HOST']}:{os.environ['KUBERNETES_SERVICE_PORT']}"
    request = Request(  # noqa: S310 - the scheme is written above
        f"{server}/api/v1/namespaces/{namespace}/secrets",
        data=json.dumps(secret).encode(),
        headers={"Authorization": f"Bearer {(ACCOUNT / 'token').read_text()}", "Content-Type": "application/json"},
    )
    trusted = ssl.create_default_context(cafile=str(ACCOUNT / "ca.crt"))
    # The certificate authorities of many clusters lack an extension that Python 3.13 requires.
    trusted.verify_flags &= ~ssl.VERIFY_X509_STRICT
    try:
        with urlopen(request, timeout=10, context=trusted):  # noqa: S310 - as above
            print(f"Secret {NAME} created")  # noqa: T201 - the log of a Job
    except HTTPError as error:
        if error.code != HTTPStatus.CONFLICT:
            raise
        print(f"Secret {NAME} exists already")  # noqa: T201 - as above


if __name__ == "__main__":
    main()
