"""Why?: the decision and its chain, for whom it concerns."""

from serving import Open, Service, text


def test_everybody_asks_about_themselves_only(studio: Open) -> None:
    at = studio("why", "carol", project="fraud")
    said = text(at)
    assert "'carol' may read in 'fraud'" in said
    assert "this one counts" in said
    assert len(at.selectbox(key="why-me").options) == 1


def test_a_no_says_what_is_needed_and_who_can_help(studio: Open) -> None:
    at = studio("why", "carol", project="fraud")
    at.selectbox(key="why-action").select("log").run()
    said = text(at)
    assert "**No.**" in said
    assert "this needs contributor" in said
    assert "An owner of the project" in said


def test_an_owner_asks_about_anybody(studio: Open, service: Service) -> None:
    admin = service.client("admin")
    admin.create_group("analysts")
    admin.add_to_group("analysts", "bob")
    service.client("alice").set_member_group("fraud", "analysts", "maintainer")
    said = text(studio("why", "alice", project="fraud", user="bob"))
    assert "**maintainer** through group **analysts** :green-badge[this one counts]" in said
    assert "bob put into the group by admin" in said
    assert "**contributor** as own role" in said


def test_an_administrator_asks_about_a_project_they_are_not_in(studio: Open) -> None:
    said = text(studio("why", "admin", project="fraud", user="mallory"))
    assert "'mallory' may not read in 'fraud'" in said
    assert "For this person the project does not exist" in said


def test_a_stranger_learns_nothing(studio: Open) -> None:
    assert "You have no project yet" in text(studio("why", "mallory", project="fraud"))


def test_a_hidden_project_is_as_one_that_is_missing(studio: Open, service: Service) -> None:
    service.client("mallory").create_project("mine", "Mine")
    hidden = studio("why", "mallory", project="fraud").error[0].value
    missing = studio("why", "mallory", project="nothing").error[0].value
    assert hidden.replace("fraud", "nothing") == missing
