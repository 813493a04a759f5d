"""Home: my projects and what was worked on last."""

from serving import Open, Service, text


def test_home_shows_my_projects_and_recent_experiments(studio: Open) -> None:
    at = studio("home", "bob")
    assert not at.exception
    assert "Fraud detection" in text(at)
    assert "contributor · 3 members" in text(at)
    assert "fraud baseline" in text(at)


def test_home_shows_nothing_of_a_project_to_a_stranger(studio: Open) -> None:
    at = studio("home", "mallory")
    assert "You have no project yet" in text(at)
    assert "raud" not in text(at)


def test_home_still_shows_the_projects_when_mlflow_is_away(studio: Open, service: Service) -> None:
    service.mlflow.stop()
    at = studio("home", "bob")
    assert "Fraud detection" in text(at)
    assert "MLflow does not answer" in at.warning[0].value
