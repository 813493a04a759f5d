"""Which project a call means: path, header, token, or the caller's only project."""

from __future__ import annotations

from ..access.decisions.principals import Grant, Principal
from ..errors import BadRequest, Missing
from .request.call import Call

HEADER = "X-MLFLOW-WORKSPACE"


def named(call: Call, principal: Principal) -> str:
    """The slug the call means; raises BadRequest where it names none, or two that differ."""
    in_header = call.header(HEADER)
    explicit = {slug for slug in (call.slug_in_path, in_header) if slug is not None}
    if len(explicit) > 1:
        raise BadRequest(
            f"The address names the project '{call.slug_in_path}', the header {HEADER} names "
            f"'{in_header}'. Name one project.",
            reason="two_projects",
        )
    of_token = _project_of_token(principal)
    if explicit:
        slug = explicit.pop()
        if of_token is not None and of_token.slug != slug:
            raise BadRequest(
                f"This token is for the project '{of_token.slug}', the request names '{slug}'. "
                "Use a token for that project.",
                reason="two_projects",
            )
        return slug
    if of_token is not None:
        return of_token.slug
    if len(principal.grants) == 1:
        return next(iter(principal.grants))
    if not principal.grants:
        raise Missing(
            "You are not a member of any project. Ask an owner to add you, or create one.",
            reason="no_project",
        )
    raise BadRequest(
        "Which project? Put /projects/<slug> into the tracking address, set MLFLOW_WORKSPACE to "
        "its slug, or use a token made for one project.",
        reason="no_project_named",
    )


def _project_of_token(principal: Principal) -> Grant | None:
    if principal.token_project_id is None:
        return None
    return next(iter(principal.grants.values()), None)
