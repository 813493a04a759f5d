"""Lists over all my projects."""

from studio_app.api.base import Calls, Json


def page_of(project: str | None, query: str, max_results: int, page_token: str) -> Json:
    """The query of one page of a list over projects."""
    return {
        "project": project,
        "query": query,
        "order": "updated",
        "max_results": max_results,
        "page_token": page_token,
    }


class ListCalls(Calls):
    """Calls for rows of several projects."""

    def experiments(
        self,
        *,
        project: str | None = None,
        query: str = "",
        max_results: int = 50,
        page_token: str = "",
    ) -> Json:
        """One page of experiments, newest update first: `experiments`, `next_page_token`."""
        return self.people(
            "GET", "experiments", query=page_of(project, query, max_results, page_token)
        )

    def models(
        self,
        *,
        project: str | None = None,
        query: str = "",
        filter_text: str = "",
        max_results: int = 50,
        page_token: str = "",
    ) -> Json:
        """One page of registered models: `models`, `next_page_token`.

        `filter_text` is a filter as MLflow's search of models takes it; prompts are there where it
        asks for them.
        """
        asked = page_of(project, query, max_results, page_token) | {"filter": filter_text}
        return self.people("GET", "models", query=asked)
