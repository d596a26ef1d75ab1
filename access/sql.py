"""The SQL of access: one statement that tells everything about the credentials of a request."""

from typing import NamedTuple

from django.db import DEFAULT_DB_ALIAS, connections

# Answers one row for a known key, none for an unknown one. The session's and user's columns are null
# unless the token belongs to a session that this very key made, that has neither expired nor been
# revoked, and whose user is active and still has the password of the sign-in.
CREDENTIALS = """
SELECT k.id AS key_id,
       k.name AS key_name,
       k.databases AS key_databases,
       k.revoked_at IS NULL AND coalesce(k.expires_at > now(), true) AS key_is_valid,
       s.id AS session_id,
       u.id AS user_id,
       u.username,
       u.is_superuser,
       u.is_staff,
       coalesce(d.databases, '{}') AS user_databases,
       ARRAY(
           SELECT c.app_label || '.' || p.codename
             FROM auth_permission p
             JOIN django_content_type c ON c.id = p.content_type_id
            WHERE p.id IN (
                      SELECT permission_id FROM auth_user_user_permissions WHERE user_id = u.id
                       UNION ALL
                      SELECT gp.permission_id
                        FROM auth_user_groups ug
                        JOIN auth_group_permissions gp ON gp.group_id = ug.group_id
                       WHERE ug.user_id = u.id
                  )
       ) AS permissions
  FROM access_apikey k
  LEFT JOIN (access_apisession s JOIN auth_user u ON u.id = s.user_id)
         ON (s.id_digest = %(token)s OR s.access_digest = %(token)s)
        AND s.api_key_id = k.id
        AND s.revoked_at IS NULL
        AND s.expires_at > now()
        AND s.password_digest = encode(sha256(convert_to(u.password, 'UTF8')), 'hex')
        AND u.is_active
  LEFT JOIN access_userdatabases d ON d.user_id = u.id
 WHERE k.digest = %(key)s
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
    user_databases: list[str]
    permissions: list[str]


def read_credentials(*, key_digest: str, token_digest: str = "") -> Credentials | None:
    """Return what a key and a token (none: no session) open; None when there is no such key."""
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(CREDENTIALS, {"key": key_digest, "token": token_digest})
        row = cursor.fetchone()
    return Credentials(*row) if row else None
