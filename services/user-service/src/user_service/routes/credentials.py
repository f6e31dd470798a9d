"""Passwords and e-mail addresses: changed by their owner, or by links that are sent to them."""

from fastapi import APIRouter, Response

from foodchassis import CurrentUser, Public, SessionDep, refusals
from user_service.routes.callers import ClientAddress
from user_service.schemas.credentials import (
    EmailChange,
    EmailConfirmation,
    PasswordChange,
    PasswordReset,
    PasswordResetRequest,
)
from user_service.schemas.tokens import Tokens
from user_service.service import accounts, credentials

router = APIRouter(tags=["credentials"])


@router.post("/users/me/password", responses=refusals(403, 404, 429))
async def change_password(
    body: PasswordChange, user: CurrentUser, address: ClientAddress, session: SessionDep, response: Response
) -> Tokens:
    """Change your password: all your log-ins end at once, and the response contains tokens of a new one."""
    response.headers["Cache-Control"] = "no-store"
    return await credentials.change_password(session, user.id, body, address)


@router.post("/users/me/email", status_code=202, response_class=Response, responses=refusals(403, 404, 429))
async def change_email(body: EmailChange, user: CurrentUser, address: ClientAddress, session: SessionDep) -> None:
    """Request a change of your e-mail address: the link that is sent there completes it."""
    await credentials.request_email_change(session, user.id, body, address)


@router.post("/users/me/email/verification", status_code=202, response_class=Response, responses=refusals(404, 429))
async def verify_email(user: CurrentUser, address: ClientAddress, session: SessionDep) -> None:
    """Request a link that verifies your current e-mail address."""
    await credentials.request_verification(session, user.id, address)


@router.post("/auth/confirm-email", status_code=204, dependencies=[Public], responses=refusals(409))
async def confirm_email(body: EmailConfirmation, session: SessionDep) -> None:
    """Use a link that was sent by e-mail: finish a sign-up, or verify or change an address."""
    await accounts.confirm_email(session, body)


@router.post(
    "/auth/forgot-password", status_code=202, response_class=Response, dependencies=[Public], responses=refusals(429)
)
async def forgot_password(body: PasswordResetRequest, address: ClientAddress, session: SessionDep) -> None:
    """Request a link to choose a new password. The response is the same whether or not the address has an account."""
    await credentials.request_reset(session, body, address)


@router.post("/auth/reset-password", status_code=204, dependencies=[Public])
async def reset_password(body: PasswordReset, address: ClientAddress, session: SessionDep) -> None:
    """Choose a new password with a link that was sent: log-ins and API clients of the account end at once."""
    await credentials.reset_password(session, body, address)
