"""Audit: administrators see everything, owners their project, others are refused in words."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
import streamlit
from sqlalchemy import text as sql
from streamlit.testing.v1 import AppTest

from serving import Open, Service, text
from studio_app.api.client import ApiError, Client
from studio_app.audit import audit_table
from uac_api.access.database import Database
from uac_api.settings import load


def rows(at: AppTest) -> list[dict[str, Any]]:
    (table,) = at.dataframe
    return [
        {str(name): value for name, value in row.items()} for row in table.value.to_dict("records")
    ]


def test_an_administrator_sees_what_happened_everywhere(studio: Open) -> None:
    at = studio("audit", "admin")
    at.sidebar.selectbox[0].select("").run()
    at.query_params["view"] = "table"
    at.run()
    assert not at.exception
    assert "Everything that happened in this ML Studio" in text(at)
    assert {row["project"] for row in rows(at)} >= {"fraud", "vault", ""}
    assert len(at.get("plotly_chart")) == 1


def test_an_owner_sees_what_happened_in_their_project_only(studio: Open) -> None:
    at = studio("audit", "alice", project="fraud", view="table")
    assert not at.exception
    # In one project its name in every row would say nothing.
    assert "project" not in rows(at)[0]
    assert len(rows(at)) == 3
    assert {row["target"] for row in rows(at)} >= {"bob: contributor", "carol: viewer"}
    assert "Verified" not in text(at)


@pytest.mark.parametrize(("who", "said"), [("bob", "is for owners"), ("carol", "is for owners")])
def test_other_members_are_refused_with_a_text(studio: Open, who: str, said: str) -> None:
    at = studio("audit", who, project="fraud")
    assert said in text(at)
    assert not at.dataframe


def test_a_stranger_learns_nothing_of_a_project(studio: Open) -> None:
    at = studio("audit", "mallory", project="fraud")
    assert "No such project for you" in text(at)
    assert not at.dataframe


def test_what_happened_is_told_in_sentences_with_links(studio: Open) -> None:
    at = studio("audit", "alice", project="fraud")
    assert not at.exception
    assert not at.dataframe
    alice = "[alice](/audit?project=fraud&user=alice)"
    bob = "[bob](/audit?project=fraud&user=bob)"
    assert f"{alice} gave {bob} the role contributor\n" in text(at)
    everywhere = studio("audit", "admin")
    everywhere.sidebar.selectbox[0].select("").run()
    fraud, vault = "[Fraud detection](/audit?project=fraud)", "[Vault](/members?project=vault)"
    assert "the role contributor in " + fraud in text(everywhere)
    assert vault in text(everywhere), "an administrator's own project leads to its members"


def test_a_refusal_is_told_with_its_reason(studio: Open, service: Service) -> None:
    with pytest.raises(ApiError):
        service.client("bob").set_member("fraud", "mallory", "viewer")
    said = text(studio("audit", "alice", project="fraud", outcome="denied"))
    assert "was not allowed to give a role" in said
    assert ":orange-badge[denied]" in said


def test_the_chart_goes_over_the_whole_period(studio: Open) -> None:
    at = studio("audit", "alice", project="fraud", period="month")
    figure = json.loads(at.get("plotly_chart")[0].proto.spec)
    first, last = (datetime.fromisoformat(end) for end in figure["layout"]["xaxis"]["range"])
    assert last - first == timedelta(days=31)


def test_the_filters_are_in_the_address_and_narrow_the_list(studio: Open) -> None:
    at = studio("audit", "admin", project="fraud", operation="members.set", view="table")
    assert {row["operation"] for row in rows(at)} == {"members.set"}
    at.text_input(key="audit-user").input("nobody-at-all").run()
    assert at.query_params["user"] == "nobody-at-all"
    assert "No event fits" in text(at)


def test_an_unknown_filter_in_the_address_is_left_out(studio: Open) -> None:
    assert rows(studio("audit", "admin", outcome="odd", period="century", view="table"))


def _by_hand(statement: str) -> None:
    database = Database(load().database_url)
    database.write(lambda session: session.execute(sql(statement)))
    database.close()


def test_a_trail_that_was_changed_by_hand_is_told_to_administrators(studio: Open) -> None:
    at = studio("audit", "admin")
    assert "Verified" in text(at)
    _by_hand("UPDATE events SET target = 'x' WHERE operation LIKE 'projects.create%'")
    at = studio("audit", "admin")
    assert "Not as it was written" in text(at)
    assert "was inserted by hand" in at.error[0].value


def test_the_files_hold_every_event_that_is_filtered(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_table, "_AT_ONCE", 2)
    admin = service.client("admin")
    admin.create_user("frank", "a long pass-phrase", display_name="=cmd()")
    wanted: dict[str, str | None] = {"project": "fraud"}
    events = json.loads(audit_table.as_json(admin, wanted))
    assert len(events) == 3
    lines = audit_table.as_csv(admin, wanted).splitlines()
    assert (len(lines), lines[0].split(",")[:3]) == (4, ["id", "at", "request_id"])


def test_no_text_becomes_a_formula_in_a_spreadsheet(monkeypatch: pytest.MonkeyPatch) -> None:
    event = {"id": 1, "target": "=cmd()", "user": "@a", "operation": "plain"}
    page = {"events": [event], "next_page_token": ""}
    monkeypatch.setattr(Client, "events", lambda *_, **__: page)
    assert audit_table.as_csv(Client(""), {}).splitlines()[1] == "1,'=cmd(),'@a,plain"


def test_the_detail_of_an_event_shows_everything_that_is_known(
    studio: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def chosen(*_: Any, **__: Any) -> dict[str, Any]:
        return {"selection": {"rows": [0], "columns": []}}

    monkeypatch.setattr(streamlit, "dataframe", chosen)
    said = text(studio("audit", "alice", project="fraud", operation="members.set", view="table"))
    for part in ("`carol: viewer`", "`127.0.0.1`", "Status", "`201`"):
        assert part in said
