"""The frame: project chooser, menu, banner, and nothing of one person for another."""

from serving import Open, Service, text
from studio_app.app import frame


def test_the_chooser_offers_my_projects_and_all_of_them(studio: Open) -> None:
    assert studio("home", "alice").sidebar.selectbox[0].options == [
        "All projects",
        "Fraud detection",
    ]


def test_of_many_projects_those_chosen_last_stand_first() -> None:
    many = [f"p{number}" for number in range(frame.FEW + 1)]
    assert frame.in_order(many, ["p5", "gone", "p2"])[:3] == ["p5", "p2", "p0"]
    assert sorted(frame.in_order(many, ["p5"])) == sorted(many)
    assert frame.in_order(many[:3], ["p2"]) == many[:3], "few are found by their place"


def test_among_many_a_project_is_found_by_its_slug_too() -> None:
    few = {"fd-2026": "Fraud detection"}
    many = {f"p{number}": f"P{number}" for number in range(frame.FEW)} | few
    assert frame.label("fd-2026", few) == "Fraud detection"
    assert frame.label("fd-2026", many) == "Fraud detection · fd-2026"
    assert frame.label("p1", many) == "P1", "its name tells it"
    twins = {"one": "Fraud", "two": "Fraud"}
    assert frame.label("two", twins) == "Fraud · two"


def test_the_project_of_the_page_is_the_one_chosen_last(studio: Open) -> None:
    at = studio("home", "alice", project="fraud")
    assert at.session_state["frame-recent"] == ["fraud"]


def test_a_stranger_has_nothing_to_choose(studio: Open) -> None:
    at = studio("home", "mallory")
    assert not at.sidebar.selectbox
    assert "You have no project yet" in text(at)


def test_the_address_chooses_the_project(studio: Open) -> None:
    at = studio("members", "alice", project="fraud")
    assert at.sidebar.selectbox[0].value == "fraud"
    assert "Fraud detection" in text(at)


def test_a_foreign_project_in_the_address_is_refused_and_not_replaced(studio: Open) -> None:
    at = studio("members", "alice", project="vault")
    assert "No such project for you" in text(at)
    assert "Vault" not in text(at)
    missing = studio("members", "alice", project="nowhere")
    assert "No such project for you" in text(missing)


def test_choosing_all_projects_asks_for_one_where_one_is_needed(studio: Open) -> None:
    at = studio("members", "alice", project="fraud")
    at.sidebar.selectbox[0].select("").run()
    assert "Choose a project to see its members" in text(at)
    at.button(key="choose-fraud").click().run()
    assert "Carol" in text(at)


def test_the_menu_hides_people_from_those_who_manage_none(studio: Open) -> None:
    def linked(username: str) -> set[str]:
        links = studio("home", username).sidebar.get("page_link")
        return {str(link.proto.page) for link in links}

    assert "people" in linked("admin")
    assert "people" not in linked("alice")


def test_a_role_that_was_taken_away_shows_at_the_next_click(studio: Open, service: Service) -> None:
    at = studio("members", "bob", project="fraud")
    assert "Alice" in text(at)
    service.client("alice").remove_member("fraud", "bob")
    at.run()
    assert "No such project for you" in text(at)
    assert "Alice" not in text(at)


def test_a_banner_stands_while_the_api_is_away_and_goes_by_itself(
    studio: Open, service: Service
) -> None:
    at = studio("members", "alice", project="fraud")
    service.api.stop()
    at.run()
    assert "API does not answer" in at.warning[0].value
    assert not at.exception
    service.api.start()
    at.run()
    assert not at.warning
    assert "Carol" in text(at)


def test_a_banner_names_mlflow_when_only_mlflow_is_away(studio: Open, service: Service) -> None:
    service.mlflow.stop()
    at = studio("home", "alice")
    assert "MLflow does not answer" in at.warning[0].value
    assert "Fraud detection" in text(at)


def test_two_people_on_one_server_never_see_each_others_projects(studio: Open) -> None:
    alice, mallory = studio("home", "alice"), studio("home", "mallory")
    alice.run()
    mallory.run()
    assert "Fraud detection" in text(alice)
    assert "Fraud detection" not in text(mallory)
