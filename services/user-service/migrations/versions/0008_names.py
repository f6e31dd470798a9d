"""Rename constraints and indexes to the naming convention; no release uses their names."""

from foodchassis.storage.migrations import rename

revision = "user_0008"
down_revision = "user_0007"
branch_labels = None
depends_on = None

CONSTRAINTS = {
    "addresses": {
        "addresses_lat_ck": "addresses_lat_check",
        "addresses_lng_ck": "addresses_lng_check",
        "addresses_pk": "addresses_pkey",
        "addresses_user_id_fk": "addresses_user_id_fkey",
    },
    "api_clients": {"api_clients_pk": "api_clients_pkey", "api_clients_user_id_fk": "api_clients_user_id_fkey"},
    "audit_entries": {"audit_entries_pk": "audit_entries_pkey"},
    "email_links": {
        "email_links_pk": "email_links_pkey",
        "email_links_purpose_ck": "email_links_purpose_check",
        "email_links_user_id_fk": "email_links_user_id_fkey",
    },
    "logins": {"logins_pk": "logins_pkey", "logins_user_id_fk": "logins_user_id_fkey"},
    "refresh_tokens": {
        "refresh_tokens_login_id_fk": "refresh_tokens_login_id_fkey",
        "refresh_tokens_pk": "refresh_tokens_pkey",
    },
    "revocations": {"revocations_pk": "revocations_pkey"},
    "users": {
        "users_email_is_normalised_ck": "users_email_is_normalised_check",
        "users_email_uq": "users_email_key",
        "users_pk": "users_pkey",
        "users_role_ck": "users_role_check",
    },
}
INDEXES = {
    "addresses_user_id_ix": "addresses_user_id_idx",
    "api_clients_user_id_ix": "api_clients_user_id_idx",
    "audit_entries_admin_id_ix": "audit_entries_admin_id_idx",
    "audit_entries_object_id_ix": "audit_entries_object_id_idx",
    "email_links_expires_at_ix": "email_links_expires_at_idx",
    "email_links_user_id_ix": "email_links_user_id_idx",
    "logins_expires_at_ix": "logins_expires_at_idx",
    "logins_user_id_ix": "logins_user_id_idx",
    "refresh_tokens_expires_at_ix": "refresh_tokens_expires_at_idx",
    "refresh_tokens_login_id_ix": "refresh_tokens_login_id_idx",
    "revocations_expires_at_ix": "revocations_expires_at_idx",
}


def upgrade() -> None:
    """Rename them; no row is rewritten."""
    rename(CONSTRAINTS, INDEXES)


def downgrade() -> None:
    """Restore the former names."""
    rename(CONSTRAINTS, INDEXES, back=True)
