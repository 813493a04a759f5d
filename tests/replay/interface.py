"""How the rows of MLflow's own interface are asked."""

from __future__ import annotations

from .ask import Way, Ways, asked, told

RUN = """
query Run($input: MlflowGetRunInput!) {
  mlflowGetRun(input: $input) {
    run {
      info { runId runName experimentId userId }
      data { tags { key value } params { key value } metrics { key value } }
    }
  }
}
"""
EXPERIMENT = """
query Experiment($input: MlflowGetExperimentInput!) {
  mlflowGetExperiment(input: $input) { experiment { experimentId name } }
}
"""
INTERFACE: Ways = {
    "GET /": lambda _: [asked()],
    "GET /static-files/{path:path}": lambda _: [Way(variables={"path": "index.html"})],
    "POST /graphql": lambda c: [
        told(operationName="Run", query=RUN, variables={"input": {"runId": c.run}}),
        told(
            operationName="Experiment",
            query=EXPERIMENT,
            variables={"input": {"experimentId": c.experiment}},
        ),
    ],
}
