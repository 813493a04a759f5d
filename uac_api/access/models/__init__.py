"""The tables of the UAC database."""

from .base import Base, Moment, now
from .credentials import ServiceAccount, SignInDelay, Token, UsedIdToken, UserSession
from .events import Event, Seal
from .people import (
    ClaimRule,
    Group,
    GroupPerson,
    Invitation,
    Kind,
    LinkedIdentity,
    Source,
    User,
)
from .projects import AccessRequest, Member, MemberGroup, Project
from .upkeep import Job, Quota, TraceLink, TrashItem, Usage, UsageCount

__all__ = [
    "AccessRequest",
    "Base",
    "ClaimRule",
    "Event",
    "Group",
    "GroupPerson",
    "Invitation",
    "Job",
    "Kind",
    "LinkedIdentity",
    "Member",
    "MemberGroup",
    "Moment",
    "Project",
    "Quota",
    "Seal",
    "ServiceAccount",
    "SignInDelay",
    "Source",
    "Token",
    "TraceLink",
    "TrashItem",
    "Usage",
    "UsageCount",
    "UsedIdToken",
    "User",
    "UserSession",
    "now",
]
