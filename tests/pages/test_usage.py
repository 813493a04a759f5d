"""Usage: members see what their project uses, administrators see all and set the limits."""

from streamlit.testing.v1 import AppTest

from serving import Open, Service, choose, limit, press, text, uses


def bars(at: AppTest) -> list[int]:
    return [bar.proto.value for bar in at.get("progress")]


def test_a_project_without_limits_shows_counts_and_no_bars(studio: Open) -> None:
    at = studio("usage", "carol", project="fraud")
    said = text(at)
    assert "**Not measured yet**" in said
    assert "0 bytes" not in said
    assert "As for every project: no limit" in said
    assert "Nothing of this kind happened in the last 30 days" in said
    assert bars(at) == []


def test_a_member_sees_limits_use_and_the_chart(studio: Open, service: Service) -> None:
    uses(service, size=8_500_000, runs=3, measured=True)
    limit(service)
    at = studio("usage", "carol", project="fraud")
    said = text(at)
    assert "**8.5 MB** :small[:gray[of 10.0 MB]]" in said
    assert "1\u202f200 files, measured 20 minutes ago" in said
    assert "Of this project's own: 10.0 MB, set by admin" in said
    assert bars(at) == [85, 30]
    assert at.get("plotly_chart")
    assert "Administrators of ML Studio set the limits" in said
    assert "Change limits" not in [button.label for button in at.button]


def test_a_stranger_is_told_of_no_such_project(studio: Open, service: Service) -> None:
    uses(service, runs=3)
    at = studio("usage", "mallory", project="fraud")
    assert "No such project for you" in text(at)
    assert "All projects" not in text(at)


def test_an_administrator_who_is_no_member_sees_it_and_changes_the_limits(
    studio: Open, service: Service
) -> None:
    at = studio("usage", "admin", project="fraud")
    press(at, "Change limits").run()
    at.selectbox(key="quota-fraud-0-runs_per_day").select("own")
    press(at, "Change limits").run()
    at.number_input(key="quota-fraud-0-runs_per_day-own").set_value(25)
    at.selectbox(key="quota-fraud-0-storage_mb").select("none")
    press(at, "Change limits")
    press(at, "Save").run()
    assert not at.exception
    quota = service.client("carol").usage("fraud")["quota"]
    assert (quota["runs_per_day"], quota["storage_mb"]) == (25, 0)
    assert quota["requests_per_minute"] is None


def test_without_a_project_an_administrator_sees_all_of_them(
    studio: Open, service: Service
) -> None:
    uses(service, size=12_000_000, measured=True)
    limit(service)
    at = studio("usage", "admin")
    at.session_state["studio_project"] = None
    at.run()
    said = text(at)
    assert said.index("Fraud detection") < said.index("Vault")
    assert "12.0 MB of 10.0 MB (1\u202f200 files) · 0 of 10 runs today" in said
    assert ":red-badge[storage 120 %]" in said
    assert ":gray-badge[own limits]" in said
    assert "Storage not measured yet" in said
    assert "0 bytes" not in said


def test_an_administrator_gives_the_defaults_back(studio: Open, service: Service) -> None:
    limit(service)
    at = studio("usage", "admin", project="fraud")
    choose(at, "fraud", "Use the defaults").run()
    choose(at, "fraud", "Use the defaults")
    press(at, "Use the defaults").run()
    assert not at.exception
    assert service.client("admin").usage("fraud")["quota"]["runs_per_day"] is None


def test_a_notice_stands_above_the_pages_of_a_project_that_is_nearly_full(
    studio: Open, service: Service
) -> None:
    uses(service, size=8_500_000, runs=10)
    limit(service)
    at = studio("members", "carol", project="fraud")
    assert "Storage: 8.5 MB of 10.0 MB used (85 %)" in at.warning[0].value
    assert "Runs today: 10 of 10 used" in at.error[0].value
    assert "/usage?project=fraud" in at.warning[0].value
    assert not studio("usage", "carol", project="fraud").warning, "the page itself says it"
    assert not studio("home", "admin", project="vault").warning


def test_a_project_with_room_has_no_notice(studio: Open, service: Service) -> None:
    uses(service, size=1_000_000)
    limit(service)
    at = studio("members", "carol", project="fraud")
    assert not at.warning
    assert not at.error


def test_what_was_uploaded_before_the_first_measurement_is_said_as_such(
    studio: Open, service: Service
) -> None:
    uses(service, size=4_000_000)
    at = studio("usage", "carol", project="fraud")
    assert "**4.0 MB**" in text(at)
    assert "counted here until the files are measured" in text(at)
