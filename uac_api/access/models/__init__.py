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
from .projects import AccessRequest, Member, MemberGroup, Project, View
from .upkeep import (
    Backup,
    Installation,
    Job,
    Process,
    Quota,
    TraceLink,
    TrashItem,
    Usage,
    UsageCount,
)

__all__ = [
    "AccessRequest",
    "Backup",
    "Base",
    "ClaimRule",
    "Event",
    "Group",
    "GroupPerson",
    "Installation",
    "Invitation",
    "Job",
    "Kind",
    "LinkedIdentity",
    "Member",
    "MemberGroup",
    "Moment",
    "Process",
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
    "View",
    "now",
]
