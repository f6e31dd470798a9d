"""A fixed path is never matched as the value of a path parameter."""

import httpx2
import pytest
from fastapi import APIRouter

from foodchassis import Id, Public, ServiceSettings, create_service

router = APIRouter(prefix="/notes", dependencies=[Public])


@router.get("/{note_id}")
async def show_note(note_id: Id) -> None:
    """Show a note."""


@router.patch("/{note_id}")
async def change_note(note_id: Id) -> None:
    """Change a note."""


@router.post("/join")
async def join() -> None:
    """Join a note's writers."""


@pytest.mark.parametrize("method", ["GET", "PATCH", "HEAD", "OPTIONS", "DELETE"])
async def test_a_fixed_path_is_not_matched_as_a_parameter(method: str) -> None:
    app = create_service(ServiceSettings(service_name="notes"), routers=[router])
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://notes") as client:
        refused = await client.request(method, "/notes/join")
        other = await client.delete("/notes/01a21d69-6262-7356-b9e2-644a88b4706e")

    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
    assert (other.status_code, other.headers["allow"]) == (405, "GET, PATCH")
