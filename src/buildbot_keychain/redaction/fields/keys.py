"""What the name of a field says about it: `role_of`.

A name is taken apart into words (``clientSecret``, ``client-secret``, ``CLIENT_SECRET``). The last
one decides if it says what kind of thing is *about* a secret (``token_type``, ``key_id``,
``password_file``); then any word that names a secret; then what names something public.
"""

from __future__ import annotations

import re

from .field import Role

__all__ = ["role_of"]

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_LONGEST = 128

_HIDDEN_WORDS = """
password passwords passwd passphrase passcode pass pwd pw passwort kennwort mdp contrasena secret
secrets token tokens apikey accesskey secretkey authtoken accesstoken refreshtoken identitytoken
registrytoken clientsecret privatekey sharedkey sharedaccesskey accountkey secretaccesskey
cleartextpassword userpass sshpass pgpassword credential credentials cred creds auth authorization
bearer jwt pin otp totp seed mnemonic salt pepper cookie sig signature psk webhook sas wpapsk
"""
_HIDDEN = frozenset(_HIDDEN_WORDS.split())

_ABOUT_WORDS = """
id ids uri url urls endpoint endpoints type kind name names file files path paths dir directory
ttl host hosts hostname port ports user username users email mail region zone version length size
count expiry expires expiration lifetime timeout enabled disabled algorithm alg method format
prefix suffix scope scopes issuer audience provider mode level env environment driver connection
channel policy required rounds header date time at in pghost pguser pgport pgdatabase
schedule cron term color colors colour colours helper helpers store stores dn
"""
_ABOUT = frozenset(_ABOUT_WORDS.split())
_PUBLIC_WORDS = """
login machine account server address addr domain registry realm tenant project org organization
organisation repository repo branch database db dbname schema table bucket queue topic group owner
author authors title description comment comments note label labels language locale lang timezone
tz encoding charset license homepage keywords main scripts dependencies engines status state
action namespace cluster context contexts apiversion preferences command args interactive protocol
scheme debug log logs stack mailer disk store cache session client broadcast filesystem style
workers public certificate cert certs ca fingerprint thumbprint universe source image tag tags
platform arch os cpu memory replicas retries retry limit max min interval output extends module
service brokers agent filter filters pattern regex healthcheck origin origins greeting publishable
"""
_PUBLIC = frozenset(_PUBLIC_WORDS.split())
_NEVER = (
    "keyid",
    "publickey",
    "certificatedata",
    "authoritydata",
    "amzcredential",
    "googcredential",
    "applicationcredentials",
    "publishablekey",
)


def role_of(key: str) -> Role:
    """Return what a name (str) of a field says about it."""
    words = [word.lower() for word in _WORD.findall(key[:_LONGEST])]
    if not words or "://" in key:
        return Role.UNKNOWN
    last = words[-1]
    joined = "".join(words)
    if joined.endswith(("secretid", "authenticationtokenid")):
        return Role.SECRET  # Vault's AppRole
    if last in _ABOUT or joined.endswith(_NEVER):
        return Role.PUBLIC
    if not _HIDDEN.isdisjoint(words) or joined in _HIDDEN or _is_key(words):
        return Role.SECRET
    return Role.UNKNOWN if _PUBLIC.isdisjoint(words) else Role.PUBLIC


def _is_key(words: list[str]) -> bool:
    """Return whether words end in ``key`` or ``key data`` of something."""
    if words[-1] == "data":
        words = words[:-1]
    return words[-1:] in (["key"], ["keys"]) and len(words) > 1 and "public" not in words
