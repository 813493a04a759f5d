"""The experiments page."""

from laboratory import Lab, Open, links, said

pytest_plugins = ("laboratory",)


def test_a_member_sees_the_experiments_of_the_project_and_opens_one(
    lab: Lab, open_page: Open
) -> None:
    at = open_page("experiments", "carol", project=lab.project)
    assert "Grid" in said(at)
    assert ("runs", f"project={lab.project}&experiment_id={lab.experiment_id}") in links(at)


def test_without_a_project_the_list_goes_over_all_of_mine(lab: Lab, open_page: Open) -> None:
    at = open_page("experiments", "carol")
    assert "Over all the projects you are in" in said(at)
    assert lab.project in said(at)


def test_a_stranger_sees_neither_the_project_nor_its_experiments(lab: Lab, open_page: Open) -> None:
    at = open_page("experiments", "mallory", project=lab.project)
    assert "No such project for you" in said(at)
    assert "Grid" not in said(at)
    assert "Grid" not in said(open_page("experiments", "mallory"))


def test_the_search_narrows_the_list_and_says_when_nothing_is_left(
    lab: Lab, open_page: Open
) -> None:
    at = open_page("experiments", "carol", project=lab.project)
    at.text_input(key="experiments-search").set_value("gri").run()
    assert "Grid" in said(at)
    at.text_input(key="experiments-search").set_value("nowhere").run()
    assert "No experiment found" in said(at)


def test_an_empty_project_says_how_to_connect(project: str, open_page: Open) -> None:
    at = open_page("experiments", "alice", project=project)
    assert "No experiment yet" in said(at)
    assert ("connect", f"project={project}") in links(at)


def test_a_contributor_may_create_and_a_viewer_is_not_offered_it(lab: Lab, open_page: Open) -> None:
    def offered(username: str) -> list[str]:
        at = open_page("experiments", username, project=lab.project)
        return [button.label for button in at.main.button]

    assert "New experiment" in offered("bob")
    assert "New experiment" not in offered("carol")


def test_a_new_experiment_asks_for_its_name(lab: Lab, open_page: Open) -> None:
    at = open_page("experiments", "bob", project=lab.project)
    next(button for button in at.main.button if button.label == "New experiment").click().run()
    assert at.text_input(key="new-experiment").value == ""


def test_signed_out_shows_the_form_and_no_experiment(lab: Lab, open_page: Open) -> None:
    at = open_page("experiments", None, project=lab.project)
    assert "Grid" not in said(at)
    assert any("assword" in field.label for field in at.text_input)
