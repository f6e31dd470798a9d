"""The reference for start-up: the first example of FastAPI's tutorial."""

from fastapi import FastAPI


def create_app() -> FastAPI:
    """Make the app."""
    app = FastAPI()

    @app.get("/health/ready")
    async def hello() -> dict[str, str]:
        return {"message": "Hello World"}

    return app
