"""All facts to the project as FastAPI sees it."""
