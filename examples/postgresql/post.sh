#!/bin/bash
# Post-script for PostgreSQL: shows that the server answers again after the snapshot, and where its log stands.
#
#   post.sh [SOCKET_FOLDER [PORT [DATABASE_USER [SYSTEM_USER]]]]
#
# The pre-script holds nothing, so there is nothing to release. What is worth knowing after a freeze is whether the
# application came through it: if it does not answer, this script fails, and the report says Post-ScriptExecutionFailed.

set -u -o pipefail

socket=${1:-/var/run/postgresql}
port=${2:-5432}
database_user=${3:-postgres}
system_user=${4:-postgres}

log() { printf '%s post-script: %s\n' "$(date -u +%FT%TZ)" "$*"; }
fail() {
    log "error: $*" >&2
    exit 1
}

query() {
    runuser -u "$system_user" -- env PGCONNECT_TIMEOUT=10 PGAPPNAME=remanso PGOPTIONS='-c statement_timeout=30s' \
        psql -X -w -Atq -v ON_ERROR_STOP=1 -h "$socket" -p "$port" -U "$database_user" -d postgres -c "$1"
}

[ "$(id -u)" = 0 ] || fail "must run as root"
for program in runuser psql; do
    command -v "$program" >/dev/null || fail "$program is not in $PATH"
done

log "recovery point ${REMANSO_RECOVERY_POINT:-unknown}, pre-script ${REMANSO_PRE_RESULT:-unknown}," \
    "snapshot ${REMANSO_SNAPSHOT_RESULT:-unknown}"

state=$(query "
    SELECT CASE WHEN pg_is_in_recovery()
        THEN 'standby, replayed up to ' || coalesce(pg_last_wal_replay_lsn()::text, 'nothing')
        ELSE 'primary, write-ahead log at ' || pg_current_wal_insert_lsn()::text
    END") || fail "no server answers at $socket, port $port, as $database_user: look at the server's log"
log "server answers: $state"
