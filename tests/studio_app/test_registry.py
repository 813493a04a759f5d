"""Registered models through a real uac_api in front of a real MLflow."""

import pytest

from laboratory import Lab
from studio_app.api.client import ApiError
from studio_app.models import registry

pytest_plugins = ("laboratory",)


def test_a_model_shows_its_versions_newest_first_with_aliases(lab: Lab) -> None:
    carol = lab.client("carol")
    model = registry.model(carol, lab.project, lab.model)
    assert model["aliases"] == {"champion": "1"}
    frame, more = registry.versions(carol, lab.project, lab.model, model["aliases"])
    assert frame["version"].tolist() == ["2", "1"]
    assert frame["aliases"].tolist() == [[], ["champion"]]
    assert frame["run_id"].tolist() == [lab.best, lab.best]
    assert not more


def test_a_maintainer_moves_and_removes_an_alias(lab: Lab) -> None:
    alice = lab.client("alice")
    registry.set_alias(alice, lab.project, lab.model, "champion", "2")
    assert registry.model(alice, lab.project, lab.model)["aliases"] == {"champion": "2"}
    registry.remove_alias(alice, lab.project, lab.model, "champion")
    assert registry.model(alice, lab.project, lab.model)["aliases"] == {}


def test_a_contributor_may_not_promote_nor_delete(lab: Lab) -> None:
    bob = lab.client("bob")
    with pytest.raises(ApiError) as promoted:
        registry.set_alias(bob, lab.project, lab.model, "champion", "2")
    with pytest.raises(ApiError) as removed:
        registry.delete_version(bob, lab.project, lab.model, "2")
    with pytest.raises(ApiError) as deleted:
        registry.delete_model(bob, lab.project, lab.model)
    assert {e.value.status for e in (promoted, removed, deleted)} == {403}


def test_versions_are_described_tagged_and_deleted_by_those_who_may(lab: Lab) -> None:
    alice = lab.client("alice")
    registry.describe_version(alice, lab.project, lab.model, "2", "Better.")
    registry.set_version_tag(alice, lab.project, lab.model, "2", "checked", "yes")
    frame, _ = registry.versions(alice, lab.project, lab.model, {})
    assert frame["description"].iloc[0] == "Better."
    assert frame["tags"].iloc[0] == {"checked": "yes"}
    registry.delete_version_tag(alice, lab.project, lab.model, "2", "checked")
    registry.delete_version(alice, lab.project, lab.model, "2")
    frame, _ = registry.versions(alice, lab.project, lab.model, {})
    assert frame["version"].tolist() == ["1"]
    registry.delete_model(alice, lab.project, lab.model)
    with pytest.raises(ApiError) as gone:
        registry.model(alice, lab.project, lab.model)
    assert gone.value.status == 404


def test_a_stranger_sees_no_model(lab: Lab) -> None:
    with pytest.raises(ApiError):
        registry.model(lab.client("mallory"), lab.project, lab.model)
