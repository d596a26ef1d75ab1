"""The SQL of access: checking the credentials of a request, and reading a user's rights in a database."""

from typing import NamedTuple

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections

from tables.context import databases

# How many tokens a bucket holds now. It gains ``rate`` tokens a second, up to ``burst``.
_FILLED = "least(%(burst)s::float, b.tokens + %(rate)s::float * extract(epoch FROM clock_timestamp() - b.at))"

# Takes a token from an existing bucket, or returns how many seconds to wait for one.
_TAKE_TOKEN = f"""
ON CONFLICT (name) DO UPDATE SET
    tokens = CASE WHEN {_FILLED} >= 1 THEN {_FILLED} - 1 ELSE {_FILLED} END,
    waits = CASE WHEN {_FILLED} >= 1 THEN 0 ELSE (1 - {_FILLED}) / %(rate)s::float END,
    at = clock_timestamp()
RETURNING b.waits"""

# Takes a token from the bucket of a key.
TAKE_TURN_OF_KEY = f"""
INSERT INTO access_bucket AS b (name, tokens, waits, at)
SELECT 'key ' || k.id, %(burst)s::float - 1, 0, clock_timestamp()
  FROM access_apikey k WHERE k.digest = %(key)s AND %(rate)s::float > 0
{_TAKE_TOKEN}"""

# Takes a token from the bucket of an address that sends a wrong key.
TAKE_TURN_OF_ADDRESS = f"""
INSERT INTO access_bucket AS b (name, tokens, waits, at)
VALUES (%(name)s, %(burst)s::float - 1, 0, clock_timestamp())
{_TAKE_TOKEN}"""

# Deletes buckets that have been full for a long time.
SWEEP_BUCKETS = "DELETE FROM access_bucket WHERE at < now() - interval '1 hour'"

# Returns one row for a known key, none for an unknown one. The columns of session and user are null unless
# the token belongs to a session that was made with this key and is neither expired nor revoked. Its user must
# be active and still have the password of the sign-in. Role and permissions are those of the user in the
# database that the request names.
CREDENTIALS = f"""
WITH turn AS ({TAKE_TURN_OF_KEY})
SELECT k.id AS key_id,
       k.name AS key_name,
       k.databases AS key_databases,
       k.revoked_at IS NULL AND coalesce(k.expires_at > now(), true) AS key_is_valid,
       s.id AS session_id,
       u.id AS user_id,
       u.username,
       u.is_superuser,
       u.is_staff,
       r.name AS role,
       ARRAY(
           SELECT c.app_label || '.' || p.codename
             FROM auth_group_permissions gp
             JOIN auth_permission p ON p.id = gp.permission_id
             JOIN django_content_type c ON c.id = p.content_type_id
            WHERE gp.group_id = r.id
       ) AS permissions,
       coalesce((SELECT waits FROM turn), 0) AS waits
  FROM access_apikey k
  LEFT JOIN (access_apisession s JOIN auth_user u ON u.id = s.user_id)
         ON (s.id_digest = %(token)s OR s.access_digest = %(token)s)
        AND s.api_key_id = k.id
        AND s.revoked_at IS NULL
        AND s.expires_at > now()
        AND s.password_digest = encode(sha256(convert_to(u.password, 'UTF8')), 'hex')
        AND u.is_active
  LEFT JOIN (access_roleassignment a JOIN auth_group r ON r.id = a.role_id)
         ON a.user_id = u.id
        AND a.database = %(database)s
 WHERE k.digest = %(key)s
"""

# Returns the rights of a user's role in a database, by Django's names. Without a role there are none.
RIGHTS = """
SELECT c.app_label || '.' || p.codename
  FROM access_roleassignment a
  JOIN auth_group_permissions gp ON gp.group_id = a.role_id
  JOIN auth_permission p ON p.id = gp.permission_id
  JOIN django_content_type c ON c.id = p.content_type_id
 WHERE a.user_id = %(user)s AND a.database = %(database)s
"""

# Returns whether an active user of this name has the right in the database. Superusers have all rights.
HAS_RIGHT = """
SELECT EXISTS (
    SELECT FROM auth_user u
     WHERE u.username = %(username)s
       AND u.is_active
       AND (u.is_superuser OR EXISTS (
               SELECT FROM access_roleassignment a
                 JOIN auth_group_permissions gp ON gp.group_id = a.role_id
                 JOIN auth_permission p ON p.id = gp.permission_id
                 JOIN django_content_type c ON c.id = p.content_type_id
                WHERE a.user_id = u.id
                  AND a.database = %(database)s
                  AND c.app_label = %(app)s
                  AND p.codename = %(codename)s
           ))
)
"""

# Deletes sessions that can never be renewed, the oldest first. It deletes only a few, so that no sign-in
# waits long, and skips rows that another sign-in is deleting.
SWEEP_SESSIONS = """
WITH old AS MATERIALIZED (
    SELECT id FROM access_apisession
     WHERE refresh_expires_at < now()
     ORDER BY refresh_expires_at
     LIMIT %(most)s
       FOR UPDATE SKIP LOCKED
)
DELETE FROM access_apisession AS s USING old WHERE s.id = old.id
"""


class Credentials(NamedTuple):
    """The row that CREDENTIALS returns."""

    key_id: int
    key_name: str
    key_databases: list[str]
    key_is_valid: bool
    session_id: int | None
    user_id: int | None
    username: str | None
    is_superuser: bool | None
    is_staff: bool | None
    role: str | None
    permissions: list[str]
    waits: float


def read_credentials(*, key_digest: str, token_digest: str = "", database: str = "") -> Credentials | None:
    """Return the credentials of a key, and of a token if there is one. Return None for an unknown key."""
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        known = {"key": key_digest, "token": token_digest, "database": database}
        cursor.execute(CREDENTIALS, {**known, **_limits()})
        row = cursor.fetchone()
    return Credentials(*row) if row else None


def _limits() -> dict[str, float]:
    """Return how fast a token bucket fills, and how many tokens it holds."""
    rate = float(settings.API_RATE_LIMIT)
    return {"rate": rate, "burst": max(1.0, 2 * rate)}


def take_address_turn(address: str) -> float:
    """Take a token for an address that sends a wrong key. Return the seconds to wait, 0 for none."""
    if not settings.API_RATE_LIMIT:
        return 0.0
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(TAKE_TURN_OF_ADDRESS, {"name": f"address {address}"[:100], **_limits()})
        return float(cursor.fetchone()[0])


def read_rights(*, user_id: int, database: str) -> set[str]:
    """Return the rights (``groups.change_group``) of a user's role in a database."""
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(RIGHTS, {"user": user_id, "database": database})
        return {right for (right,) in cursor.fetchall()}


def user_has_right(*, username: str, permission: str, database: str) -> bool:
    """Return whether ``username`` is an active user who has the right in the target database."""
    app, _, codename = permission.partition(".")
    if database not in databases.names() or "\0" in username:
        return False
    values = {"username": username, "database": database, "app": app, "codename": codename}
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(HAS_RIGHT, values)
        return bool(cursor.fetchone()[0])


def sweep_sessions(*, most: int) -> None:
    """Delete up to ``most`` of the sessions that can never be renewed."""
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(SWEEP_SESSIONS, {"most": most})
        cursor.execute(SWEEP_BUCKETS)
