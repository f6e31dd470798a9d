"""A district whose users can log in with a known password."""

from uuid import uuid4

from e2e.scene import Scene
from typing_extensions import override

from foodctl.api import Api
from foodlab.city import PASSWORD


class Stage(Scene):
    """Users isolated from other tests, and the e-mail address of the restaurant's log-in."""

    owner_email: str

    @override
    async def newcomer(self, role: str) -> Api:
        """Sign up a new user of this role."""
        email = f"{uuid4()}@example.com"
        if role == "restaurant":
            self.owner_email = email
        return await self.anonymous.sign_up(email, PASSWORD, role, role)
