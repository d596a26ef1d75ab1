"""The SQL of access: what the credentials of a request open, and which rights a user has in a database."""

from typing import NamedTuple

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections

from tables.context import databases

# A token bucket for each key, and for each address that comes with a wrong one: it fills with so many tokens
# a second, up to the burst; a request takes one, or learns how many seconds to wait for it.
_FILLED = "least(%(burst)s::float, b.tokens + %(rate)s::float * extract(epoch FROM clock_timestamp() - b.at))"
TAKE_TURN = f"""
INSERT INTO access_bucket AS b (name, tokens, waits, at)
{{names}}
ON CONFLICT (name) DO UPDATE SET
    tokens = CASE WHEN {_FILLED} >= 1 THEN {_FILLED} - 1 ELSE {_FILLED} END,
    waits = CASE WHEN {_FILLED} >= 1 THEN 0 ELSE (1 - {_FILLED}) / %(rate)s::float END,
    at = clock_timestamp()
RETURNING b.waits
"""
TAKE_TURN_OF_KEY = TAKE_TURN.format(
    names="""SELECT 'key ' || k.id, %(burst)s::float - 1, 0, clock_timestamp()
  FROM access_apikey k WHERE k.digest = %(key)s AND %(rate)s::float > 0"""
)
TAKE_TURN_OF_ADDRESS = TAKE_TURN.format(names="VALUES (%(name)s, %(burst)s::float - 1, 0, clock_timestamp())")

# Sweeps out buckets that have long been full again.
SWEEP_BUCKETS = "DELETE FROM access_bucket WHERE at < now() - interval '1 hour'"

# Answers one row for a known key, none for an unknown one. The session's and user's columns are null
# unless the token belongs to a session that this very key made, that has neither expired nor been
# revoked, and whose user is active and still has the password of the sign-in. Role and permissions
# are those the user has in the one database that the request names.
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

# The rights of a user's role in a database, as Django names them; none without a role there.
RIGHTS = """
SELECT c.app_label || '.' || p.codename
  FROM access_roleassignment a
  JOIN auth_group_permissions gp ON gp.group_id = a.role_id
  JOIN auth_permission p ON p.id = gp.permission_id
  JOIN django_content_type c ON c.id = p.content_type_id
 WHERE a.user_id = %(user)s AND a.database = %(database)s
"""

# Whether there is an active user of this name whose role in the database has the right; superusers have all.
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

# Sweeps out sessions that can never be renewed, the oldest first and no more than a few, so that no
# sign-in waits long; rows that another sign-in is sweeping are passed over.
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
    """The one row that CREDENTIALS answers."""

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
    """Return what a key and a token (none: no session) open in a database; None when there is no such key."""
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        known = {"key": key_digest, "token": token_digest, "database": database}
        cursor.execute(CREDENTIALS, {**known, **_limits()})
        row = cursor.fetchone()
    return Credentials(*row) if row else None


def _limits() -> dict[str, float]:
    rate = float(settings.API_RATE_LIMIT)
    return {"rate": rate, "burst": max(1.0, 2 * rate)}


def take_address_turn(address: str) -> float:
    """Take a turn for an address that sends wrong keys; return the seconds to wait, 0 if it may go on."""
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
    """Tell whether ``username`` is an active user with the right in one of the target databases."""
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
