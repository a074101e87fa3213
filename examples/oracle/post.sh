#!/bin/bash
# Post-script for Oracle Database: ends the backup mode (ALTER DATABASE END BACKUP) and archives the redo log, without
# which the recovery point cannot be recovered.
#
# NOT RUN HERE. Written from Oracle's documentation (Backup and Recovery User's Guide, "Making User-Managed Backups"; SQL
# Language Reference, ALTER DATABASE and ALTER SYSTEM), on a machine without Oracle. Try it on a copy of your database,
# and try the restore, before you rely on it.
#
#   post.sh ORACLE_SID ORACLE_HOME [SYSTEM_USER]
#
# May run any number of times, also when the pre-script failed or never came to BEGIN BACKUP: it ends what is active and
# does nothing when nothing is. A backup mode that is not of this run is left alone.

set -u -o pipefail

sid=${1:-}
home=${2:-}
system_user=${3:-oracle}
# Seconds for one call of sqlplus; timeoutInSeconds of the configuration covers all of them together.
limit=60

log() { printf '%s post-script: %s\n' "$(date -u +%FT%TZ)" "$*"; }
fail() {
    log "error: $*" >&2
    exit 1
}

# As in pre.sh.
sql() {
    printf '%s\n' 'WHENEVER OSERROR EXIT FAILURE ROLLBACK' 'WHENEVER SQLERROR EXIT FAILURE ROLLBACK' \
        'SET HEADING OFF FEEDBACK OFF PAGESIZE 0 LINESIZE 32767 TRIMSPOOL ON TAB OFF' "$1" 'EXIT SUCCESS' |
        timeout --kill-after=5 "$limit" runuser -u "$system_user" -- \
            env ORACLE_SID="$sid" ORACLE_HOME="$home" LD_LIBRARY_PATH="$home/lib" NLS_LANG=AMERICAN_AMERICA.AL32UTF8 \
            "$home/bin/sqlplus" -S -L '/ as sysdba'
}

value() { sql "$1" | tr -d '[:space:]'; }

active_files() { value "SELECT count(*) FROM v\$backup WHERE status = 'ACTIVE';"; }

[ "$(id -u)" = 0 ] || fail "must run as root"
[ -n "$sid" ] && [ -n "$home" ] || fail "postScriptParams must name ORACLE_SID and ORACLE_HOME"
[ -x "$home/bin/sqlplus" ] || fail "there is no $home/bin/sqlplus"

log "recovery point ${REMANSO_RECOVERY_POINT:-unknown}, pre-script ${REMANSO_PRE_RESULT:-unknown}," \
    "snapshot ${REMANSO_SNAPSHOT_RESULT:-unknown}"

# What the pre-script has begun, and whether an earlier try of this script has ended it.
note=/run/remanso-oracle-${sid//[!A-Za-z0-9_]/_}
stage=$(cat "$note" 2>/dev/null)

end_backup() {
    local answer
    if answer=$(sql 'ALTER DATABASE END BACKUP;'); then return; fi
    # Where the whole database cannot be taken out at once, each file is by itself.
    log "END BACKUP of the whole database: $answer; file by file now"
    answer=$(sql "BEGIN
  FOR f IN (SELECT file# AS number_ FROM v\$backup WHERE status = 'ACTIVE') LOOP
    EXECUTE IMMEDIATE 'ALTER DATABASE DATAFILE ' || f.number_ || ' END BACKUP';
  END LOOP;
END;
/") || fail "END BACKUP: $answer"
}

active=$(active_files) || fail "instance $sid does not answer: $active"
if [ "$active" != 0 ]; then
    # Called by hand, without REMANSO_PRE_RESULT, it ends whatever is active.
    [ "$stage" = begun ] || [ -z "${REMANSO_PRE_RESULT:-}" ] ||
        fail "$active data files are in backup mode, but not by this run: left as they are"
    end_backup
    left=$(active_files) || fail "v\$backup cannot be read: $left"
    [ "$left" = 0 ] || fail "$left data files are still in backup mode"
    echo ended >"$note"
    log "database $sid is out of backup mode ($active data files)"
elif [ "$stage" = ended ]; then
    log "an earlier try has ended the backup mode of database $sid"
else
    rm -f "$note"
    # Then the backup mode ended under the snapshot.
    [ "${REMANSO_PRE_RESULT:-}" != ok ] || fail "database $sid was not in backup mode any more: somebody else ended it"
    log "database $sid is not in backup mode; nothing to do"
    exit 0
fi

answer=$(sql 'ALTER SYSTEM ARCHIVE LOG CURRENT;') || fail "the redo log cannot be archived: $answer"
rm -f "$note"
log "redo log archived: keep the archived logs since BEGIN BACKUP with this recovery point"
