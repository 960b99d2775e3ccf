"""FL9: what newer versions of FastAPI, Starlette and Pydantic rename, deprecate and remove."""
