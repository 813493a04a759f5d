"""What each operation of the REST for people needs; the table that `decide.allow` reads."""

from __future__ import annotations

from enum import StrEnum

from .roles import Role


class Need(StrEnum):
    """What a principal must be for an operation.

    SIGNED_IN      anybody who was recognised
    ACCOUNT        the person in person: a session or a password, never a token
    ADMINISTRATOR  a person with the administrator flag, in person
    READER         may read the project, or is an administrator (who sees that it exists)
    OVERSEER       may manage the project, or is an administrator in person
    AUTHORITY      may administer the project (its owner in person, or by a token that was made with
                   the action `administer`), or is an administrator in person
    GIVER          may manage the project as its member, in person: what hands out credentials
    READS          may read the project as its member
    LOGS           may log into the project as its member
    DELETES        may delete in the project as its member
    KEEPS          may read the project as its member, in person: what is for their eyes alone
    CURATES        may promote in the project as its member, in person: what its members see first
    """

    SIGNED_IN = "signed in"
    ACCOUNT = "account"
    ADMINISTRATOR = "administrator"
    READER = "reader"
    OVERSEER = "overseer"
    AUTHORITY = "authority"
    GIVER = "giver"
    READS = "reads"
    LOGS = "logs"
    DELETES = "deletes"
    KEEPS = "keeps"
    CURATES = "curates"


# They look through many rows, and may take as long as a database takes for that.
LONG = frozenset(
    {
        "audit.list",
        "audit.project",
        "audit.verify",
        "permissions.list",
        "system.read",
        "tokens.all",
        "usage.list",
    }
)
# Giving one of these roles needs the operation that ends in `.senior` besides.
SENIOR = (Role.MAINTAINER, Role.OWNER)

OPERATIONS: dict[str, Need] = {
    "sessions.list": Need.ACCOUNT,
    "sessions.end": Need.ACCOUNT,
    "sessions.end_others": Need.ACCOUNT,
    "sessions.end_all_of": Need.ADMINISTRATOR,
    "sign_in_delays.list": Need.ADMINISTRATOR,
    "sign_in_delays.clear": Need.ADMINISTRATOR,
    "me.read": Need.SIGNED_IN,
    "me.update": Need.ACCOUNT,
    "me.password": Need.ACCOUNT,
    "me.identities": Need.ACCOUNT,
    "status.read": Need.SIGNED_IN,
    "openapi.read": Need.SIGNED_IN,
    "users.list": Need.ADMINISTRATOR,
    "users.create": Need.ADMINISTRATOR,
    "users.update": Need.ADMINISTRATOR,
    "users.delete": Need.ADMINISTRATOR,
    "invitations.list": Need.ADMINISTRATOR,
    "invitations.create": Need.ADMINISTRATOR,
    "invitations.revoke": Need.ADMINISTRATOR,
    "projects.list": Need.SIGNED_IN,
    "projects.create.everyone": Need.ACCOUNT,
    "projects.create.administrators": Need.ADMINISTRATOR,
    "projects.read": Need.READER,
    "projects.update": Need.OVERSEER,
    "projects.delete": Need.AUTHORITY,
    "deleted_projects.list": Need.SIGNED_IN,
    "deleted_projects.restore": Need.AUTHORITY,
    "views.list": Need.READS,
    "views.read": Need.READS,
    "views.create": Need.KEEPS,
    "views.create.shared": Need.CURATES,
    "views.update": Need.KEEPS,
    "views.update.shared": Need.CURATES,
    "views.delete": Need.KEEPS,
    "views.delete.shared": Need.CURATES,
    "usage.read": Need.READER,
    "usage.list": Need.ADMINISTRATOR,
    "usage.near": Need.SIGNED_IN,
    "quotas.set": Need.ADMINISTRATOR,
    "quotas.reset": Need.ADMINISTRATOR,
    "members.list": Need.READER,
    "members.set": Need.OVERSEER,
    "members.set.senior": Need.AUTHORITY,
    "members.remove": Need.OVERSEER,
    "requests.create": Need.ACCOUNT,
    "requests.count": Need.SIGNED_IN,
    "requests.list": Need.OVERSEER,
    "requests.grant": Need.AUTHORITY,
    "requests.decline": Need.OVERSEER,
    "member_groups.list": Need.READER,
    "member_groups.read": Need.READER,
    "member_groups.set": Need.OVERSEER,
    "member_groups.set.senior": Need.AUTHORITY,
    "member_groups.remove": Need.OVERSEER,
    "groups.list": Need.SIGNED_IN,
    "groups.read": Need.SIGNED_IN,
    "groups.create": Need.ADMINISTRATOR,
    "groups.update": Need.ADMINISTRATOR,
    "groups.delete": Need.ADMINISTRATOR,
    "group_people.list": Need.SIGNED_IN,
    "group_people.add": Need.ADMINISTRATOR,
    "group_people.remove": Need.ADMINISTRATOR,
    "explain.self": Need.READER,
    "explain.others": Need.OVERSEER,
    "access.list": Need.READER,
    "permissions.list": Need.ADMINISTRATOR,
    "claim_rules.list": Need.ADMINISTRATOR,
    "claim_rules.create": Need.ADMINISTRATOR,
    "claim_rules.delete": Need.ADMINISTRATOR,
    "identities.list": Need.ADMINISTRATOR,
    "identities.link": Need.ADMINISTRATOR,
    "identities.unlink": Need.ADMINISTRATOR,
    "tokens.list": Need.ACCOUNT,
    "tokens.create": Need.ACCOUNT,
    "tokens.rotate": Need.ACCOUNT,
    "tokens.delete": Need.ACCOUNT,
    "tokens.all": Need.ADMINISTRATOR,
    "tokens.find": Need.ADMINISTRATOR,
    "tokens.revoke": Need.ADMINISTRATOR,
    "tokens.project": Need.OVERSEER,
    "tokens.project.revoke": Need.OVERSEER,
    "service_accounts.list": Need.OVERSEER,
    "service_accounts.create": Need.GIVER,
    "service_accounts.update": Need.GIVER,
    "service_accounts.delete": Need.OVERSEER,
    "service_accounts.tokens.list": Need.OVERSEER,
    "service_accounts.tokens.create": Need.GIVER,
    "service_accounts.tokens.rotate": Need.GIVER,
    "service_accounts.tokens.delete": Need.OVERSEER,
    "experiments.list": Need.SIGNED_IN,
    "runs.list": Need.SIGNED_IN,
    "models.list": Need.SIGNED_IN,
    "traces.list": Need.SIGNED_IN,
    "runs.query": Need.SIGNED_IN,
    "runs.columns": Need.SIGNED_IN,
    "metrics.curves": Need.SIGNED_IN,
    "artifacts.download": Need.READS,
    "trash.list": Need.READS,
    "trash.restore.runs": Need.LOGS,
    "trash.restore.experiments": Need.DELETES,
    "trash.restore.models": Need.DELETES,
    "audit.list": Need.ADMINISTRATOR,
    "audit.project": Need.OVERSEER,
    "audit.verify": Need.ADMINISTRATOR,
    "system.read": Need.ADMINISTRATOR,
}
