"""Traces over all my projects."""

from studio_app.api.base import Calls, Json


class TraceCalls(Calls):
    """Calls for traces of several projects at once; what one project has is MLflow's to say."""

    def traces(
        self,
        *,
        project: str | None = None,
        query: str = "",
        filter_text: str = "",
        max_results: int = 25,
        page_token: str = "",
    ) -> Json:
        """One page of traces, the latest request first: `traces`, `next_page_token`.

        `query` is a part of the name, `filter_text` a filter as MLflow's search of traces takes it.
        """
        asked = {
            "project": project,
            "query": query,
            "filter": filter_text,
            "max_results": max_results,
            "page_token": page_token,
        }
        return self.people("GET", "traces", query=asked)
