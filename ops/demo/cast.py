"""The people and projects of the demo, and who has which role where."""

from dataclasses import dataclass

EMAIL_DOMAIN = "demo.example"


@dataclass(frozen=True)
class Person:
    """Somebody who works in the demo's projects."""

    username: str
    display_name: str

    @property
    def email(self) -> str:
        """An address that marks the person as one of the demo."""
        return f"{self.username}@{EMAIL_DOMAIN}"


@dataclass(frozen=True)
class Project:
    """A project with its owner and its other members."""

    slug: str
    name: str
    description: str
    owner: str
    members: tuple[tuple[str, str], ...]


FRAUD = "fraud-detection"
DEMAND = "demand-forecast"
AMELIA, BEN, CHIARA, DEEPAK, ERIN = "amelia", "ben", "chiara", "deepak", "erin"

PEOPLE = (
    Person(AMELIA, "Amelia Stone"),
    Person(BEN, "Ben Okafor"),
    Person(CHIARA, "Chiara Ricci"),
    Person(DEEPAK, "Deepak Rao"),
    Person(ERIN, "Erin Walsh"),
)
PROJECTS = (
    Project(
        FRAUD,
        "Fraud detection",
        "Which card payments should a person look at? Trained on scikit-learn's breast cancer and "
        "digits data, which stand in for payments and receipts.",
        AMELIA,
        ((BEN, "maintainer"), (CHIARA, "contributor"), (ERIN, "viewer")),
    ),
    Project(
        DEMAND,
        "Demand forecast",
        "How much will each shop sell? Trained on scikit-learn's diabetes and wine data, which "
        "stand in for sales and products.",
        DEEPAK,
        ((CHIARA, "maintainer"), (BEN, "contributor"), (ERIN, "viewer")),
    ),
)
WRITERS = (
    (AMELIA, FRAUD),
    (BEN, FRAUD),
    (CHIARA, FRAUD),
    (DEEPAK, DEMAND),
    (CHIARA, DEMAND),
    (BEN, DEMAND),
)
