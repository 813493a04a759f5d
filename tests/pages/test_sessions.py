"""Sessions: where I am signed in."""

from serving import Open, Service, press, text


def test_i_see_this_session_and_that_there_is_no_other(studio: Open) -> None:
    at = studio("sessions", "carol")
    assert not at.exception
    assert "this one" in text(at)
    assert "signed in nowhere else" in text(at)
    assert [b.label for b in at.button if b.label.startswith("End")] == []


def test_i_end_another_session_after_being_asked(studio: Open, service: Service) -> None:
    lost = service.client("carol")
    at = studio("sessions", "carol")
    assert "Python" in text(at)
    end = next(b for b in at.button if b.label == "End")
    end.click().run()
    assert lost.me(), "nothing happens before the answer"
    end = next(b for b in at.button if b.label == "End")
    end.click()
    press(at, "End session").run()
    assert "nowhere else" in text(at)
    assert len(service.client("carol").sessions()["sessions"]) == 2


def test_i_end_all_others_and_stay_signed_in(studio: Open, service: Service) -> None:
    for _ in range(2):
        service.client("carol")
    bob = service.client("bob")
    at = studio("sessions", "carol")
    next(b for b in at.button if b.label == "End all others").click().run()
    next(b for b in at.button if b.label == "End all others").click()
    press(at, "End all others").run()
    assert not at.exception
    assert "nowhere else" in text(at)
    assert bob.me()


def test_nobody_sees_the_sessions_of_somebody_else(studio: Open, service: Service) -> None:
    service.client("bob")
    assert "signed in nowhere else" in text(studio("sessions", "mallory"))


def test_the_account_leads_there(studio: Open) -> None:
    assert "Where you are signed in" in text(studio("account", "carol"))
