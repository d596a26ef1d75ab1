"""Helpers that call the API: sign in, renew, call an operation, read an error."""

import base64

from tests.conftest import PASSWORD

SIGN_IN, REFRESH, LOGOUT = (
    f"/vbasoftware/{name}" for name in ("user-authentication", "user-refresh-tokens", "logout")
)
GROUPS = "/vbasoftware/groups"


def basic(name, password):
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def sign_in(client, key, name="bob", password=PASSWORD, database="VBA_Demo", **headers):
    headers = {
        "x-api-key": key,
        "authorization": basic(name, password),
        "vbasoftware-database": database,
    } | headers
    return client.post(SIGN_IN, headers=headers)


def tokens_of(response):
    assert response.status_code == 200, response.json()
    return response.json()["data"]["authenticationResult"]


def call(client, key, token, path=GROUPS, method="get", database="VBA_Demo"):
    headers = {"x-api-key": key, "authorization": f"Bearer {token}", "vbasoftware-database": database}
    return getattr(client, method)(path, headers=headers)


def refresh(client, key, tokens, database="VBA_Demo"):
    headers = {
        "x-api-key": key,
        "vbasoftware-database": database,
        "expired-id-token": tokens["idToken"],
        "refresh-token": tokens["refreshToken"],
    }
    return client.post(REFRESH, headers=headers)


def problem(response, status):
    """Check the envelope of an error answer and return its detail."""
    assert response.status_code == status, response.content
    body = response.json()
    assert body["data"] is None
    assert body["error"]["status"] == status
    assert body["debug"]["activityID"]
    return body["error"]["detail"]
