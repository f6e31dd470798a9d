"""The texts of e-mails; a link's token stands behind `#`, so that no server on the way logs it."""

from dataclasses import dataclass

from user_service.models import LinkPurpose

GREETING = "Hello,\n\n"
IGNORE = "\n\nIf this was not you, ignore this message: nothing changes.\n"


@dataclass(frozen=True)
class Text:
    """A subject and a body."""

    subject: str
    body: str


LINKS = {
    LinkPurpose.SIGN_UP: Text("Confirm your account", "open this link to finish your sign-up:\n\n{link}"),
    LinkPurpose.RESET_PASSWORD: Text("Choose a new password", "open this link to choose a new password:\n\n{link}"),
    LinkPurpose.VERIFY_EMAIL: Text("Confirm your e-mail address", "open this link to confirm your address:\n\n{link}"),
    LinkPurpose.CHANGE_EMAIL: Text("Confirm your new address", "open this link to log in with this address:\n\n{link}"),
}
TAKEN = Text(
    "You have an account already",
    "a sign-up or a change of address used this e-mail address, which already has an account. Log in, or choose a new "
    "password.",
)
PASSWORD_CHANGED = Text(
    "Your password has changed",
    "your password was changed, and you are logged out everywhere. Your API clients keep working.\n\n"
    "If this was not you, choose a new password at once, which revokes your API clients, too: {link}",
)
PASSWORD_RESET = Text(
    "Your password has changed",
    "your password was changed, you are logged out everywhere, and your API clients are revoked.\n\n"
    "If this was not you, choose a new password at once: {link}",
)
EMAIL_CHANGED = Text(
    "Your e-mail address has changed",
    "your account has another e-mail address now. If this was not you, write to us: {link}",
)


def link_text(purpose: LinkPurpose, pages: str, token: str) -> Text:
    """Return the message with a link of this purpose; `pages` is the URL of the client's pages."""
    text = LINKS[purpose]
    link = f"{pages.rstrip('/')}/{purpose.replace('_', '-')}#token={token}"
    return Text(text.subject, GREETING + text.body.format(link=link) + IGNORE)


def notice(text: Text, pages: str) -> Text:
    """Return a message without a token."""
    return Text(text.subject, GREETING + text.body.format(link=f"{pages.rstrip('/')}/reset-password") + "\n")
