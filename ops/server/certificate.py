"""The certificate of a server: a self-signed one is made, an own one is looked at."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

ISSUER = "ML Studio, signed by itself"
# The longest that Apple's systems take.
DAYS = 825


@dataclass(frozen=True)
class Certificate:
    """What matters of a certificate; `ours` if `self_signed` made it."""

    ours: bool
    names: frozenset[str]
    until: datetime

    def warnings(self, host: str) -> list[str]:
        """One sentence for everything that browsers will complain about."""
        found = []
        wildcard = f"*.{host.partition('.')[2]}"
        if not {host, wildcard} & self.names:
            found.append(f"secrets/tls.crt is not for {host}, but {', '.join(sorted(self.names))}.")
        if self.until < datetime.now(UTC):
            found.append(f"secrets/tls.crt expired on {self.until:%Y-%m-%d}.")
        return found


def read(pem: bytes) -> Certificate:
    """The first certificate of a file; raises ValueError if there is none."""
    try:
        found = x509.load_pem_x509_certificate(pem)
    except ValueError:
        raise ValueError("secrets/tls.crt is no certificate in PEM form.") from None
    issuers = found.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)
    return Certificate(
        ours=[str(issuer.value) for issuer in issuers] == [ISSUER],
        names=_names(found),
        until=found.not_valid_after_utc,
    )


def require_key(certificate_pem: bytes, key_pem: bytes) -> None:
    """Raise ValueError unless the key can be read and is the certificate's: nginx needs both."""
    public = x509.load_pem_x509_certificate(certificate_pem).public_key()
    try:
        key = serialization.load_pem_private_key(key_pem, password=None)
    except TypeError:
        raise ValueError(
            "secrets/tls.key has a passphrase, which nginx cannot ask for. Write it without: "
            "openssl pkey -in tls.key -out tls.key"
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("secrets/tls.key is no private key in PEM form.") from None
    form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    if key.public_key().public_bytes(*form) != public.public_bytes(*form):
        raise ValueError(
            "secrets/tls.key is not the key of secrets/tls.crt. Put both of one certificate there; "
            "the first certificate of tls.crt must be the server's own."
        )


def self_signed(host: str) -> tuple[str, str]:
    """A certificate for the host and this machine, and its key, both as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, ISSUER)])
    began = datetime.now(UTC) - timedelta(hours=1)
    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(began)
        .not_valid_after(began + timedelta(days=DAYS))
        .add_extension(x509.SubjectAlternativeName(_alternatives(host)), critical=False)
        # It is its own authority, so that systems take it into their list of trusted ones.
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(identifier, critical=False)
        .sign(key, hashes.SHA256())
    )
    return (
        certificate.public_bytes(serialization.Encoding.PEM).decode(),
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode(),
    )


def _alternatives(host: str) -> list[x509.GeneralName]:
    return [_general(name) for name in dict.fromkeys((host, "localhost", "127.0.0.1", "::1"))]


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _names(found: x509.Certificate) -> frozenset[str]:
    try:
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return frozenset()
    addresses = (str(address) for address in names.get_values_for_type(x509.IPAddress))
    return frozenset([*names.get_values_for_type(x509.DNSName), *addresses])
