# shellcheck shell=bash
# lib.sh: what bin/test and bin/demo have in common; sourced, never run.
#
#   1  Directories    one temporary directory per run, gone when the run ends
#   2  Packages       need: installs what is missing, touches nothing else
#   3  Installation   a private copy of PostgreSQL, ours built into it
#   4  Server         a throwaway cluster on that copy
#
# Nothing outside the temporary directory and the build products of the
# checkout is written, so any number of runs may go on side by side, and a
# PostgreSQL that the machine already serves never notices. The one exception
# is apt, and only for packages that are missing.
#
#   $work/usr    the private PostgreSQL (root's or yours; the server reads it)
#   $work/run    the server's own: data, socket, log (mode 0700)
#   $work/tree   what the suites read, copied for the server's user, who may
#                not be allowed to look into the checkout

set -euo pipefail
umask 022

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
program=${0##*/}
work=
server_user=$(id -un)
((EUID != 0)) || server_user=postgres

# Settings of the caller's own sessions must not reach ours.
for name in "${!PG@}" "${!LC_@}"; do
    [[ $name == PG_MAJOR ]] || unset "$name"
done
unset LANGUAGE CDPATH MAKEFLAGS MAKELEVEL MFLAGS GREP_OPTIONS
export LC_ALL=C.UTF-8 TZ=UTC

say() { printf '%s: %s\n' "$program" "$*" >&2; }

die() {
    say "$@"
    exit 1
}

# 1  Directories ---------------------------------------------------------------

# begin: makes $work. The server listens on a socket in it, whose path has to
# stay under 100 characters, and its user has to get there: where $TMPDIR does
# not serve for that, /tmp does.
begin() {
    local base=${TMPDIR:-/tmp}
    # A signal may come while output is redirected: end speaks to these.
    exec 3>&1 4>&2
    trap end EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    if [[ $base != /* || $base == *[[:space:]]* ]] || ((${#base} > 40)) ||
        { ((EUID == 0)) && ! runuser -u nobody -- test -x "$base"; }; then
        base=/tmp
    fi
    work=$(mktemp -d "$base/distmgmt.XXXXXX")
    chmod 755 "$work"
}

# end: runs at every exit, also after a signal; at_end is the caller's own part.
end() {
    local status=$?
    trap '' HUP INT TERM
    trap - EXIT
    exec >&3 2>&4
    set +e
    cd /
    allow_services
    [[ -z $work || -n ${keep_work:-} ]] || {
        cluster_stop
        rm -rf "$work"
    }
    if declare -F at_end >/dev/null; then
        at_end "$status"
        status=$?
    fi
    exit "$status"
}

# as_server COMMAND...: PostgreSQL refuses to run as root. What it leaves running
# must not hold our output open.
as_server() {
    if ((EUID == 0)); then
        HOME=$work/run runuser -u "$server_user" -- "$@" 3>&- 4>&-
    else
        HOME=$work/run "$@" 3>&- 4>&-
    fi
}

# 2  Packages ------------------------------------------------------------------

# pg_major: the server that this Debian ships (12: 15, 13: 17, later: ask apt).
pg_major() {
    local codename=
    # shellcheck disable=SC1091
    [[ ! -r /etc/os-release ]] || codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
    case $codename in
    bookworm) echo 15 ;;
    trixie) echo 17 ;;
    *)
        [[ -n $(apt-cache pkgnames postgresql-server-dev- 2>/dev/null) ]] || as_root apt-get -qq update >&2
        apt-cache depends postgresql 2>/dev/null | sed -n 's/.*Depends: postgresql-\([0-9]*\)$/\1/p'
        ;;
    esac
}

# as_root COMMAND...: for apt alone.
as_root() {
    if ((EUID == 0)); then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        return 1
    fi
}

# need PACKAGE...: a machine that has them all is not touched, not even by an
# update of the package lists.
need() {
    local package status missing=() log=$work/apt.log
    for package; do
        status=$(dpkg-query -W -f='${db:Status-Status} ' "$package" 2>/dev/null) || status=
        [[ $status == "installed "* ]] || missing+=("$package")
    done
    ((${#missing[@]})) || return 0
    command -v apt-get >/dev/null ||
        die "this needs Debian's packages (${missing[*]}) and finds no apt-get"
    as_root true ||
        die "packages are missing; as root: apt-get install --no-install-recommends ${missing[*]}"
    say "installing ${missing[*]}"
    hold_services
    if ! apt-cache show --no-all-versions "${missing[@]}" >/dev/null 2>&1 ||
        ! apt_install "${missing[@]}" >"$log" 2>&1; then
        as_root apt-get -qq -o DPkg::Lock::Timeout=600 update >>"$log" 2>&1 || true
        apt_install "${missing[@]}" >>"$log" 2>&1 || {
            tail -n 30 "$log" >&2
            die "apt-get could not install ${missing[*]}"
        }
    fi
    allow_services
}

apt_install() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y \
        -o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0 \
        install --no-install-recommends "$@" </dev/null
}

# Debian's server packages make a cluster "main" and start every cluster of the
# machine. While we install, neither is to happen: the first is a setting, the
# second the policy that invoke-rc.d asks, which here holds only as long as this
# process lives. A policy that the machine has of its own stays in force.
policy=/usr/sbin/policy-rc.d
createcluster=/etc/postgresql-common/createcluster.d
held=

hold_services() {
    held=$createcluster/zz-distmgmt-$$.conf
    as_root mkdir -p "$createcluster"
    echo 'create_main_cluster = false' | as_root tee "$held" >/dev/null
    [[ -e $policy ]] || {
        printf '#!/bin/sh\n# distmgmt %s\n! test -d /proc/%s || exit 101\n' $$ $$ |
            as_root tee "$policy" >/dev/null
        as_root chmod 755 "$policy"
    }
}

allow_services() {
    [[ -n $held ]] || return 0
    as_root rm -f "$held"
    as_root rmdir --ignore-fail-on-non-empty "$createcluster"
    ! grep -qs "^# distmgmt $$\$" "$policy" || as_root rm -f "$policy"
    held=
}

need_server() {
    PG_MAJOR=${PG_MAJOR:-$(pg_major)}
    [[ $PG_MAJOR =~ ^[0-9]+$ ]] || die "cannot tell which PostgreSQL this system ships: set PG_MAJOR"
    need "postgresql-$PG_MAJOR" "postgresql-server-dev-$PG_MAJOR" gcc libc6-dev make "$@"
}

# 3  Installation --------------------------------------------------------------

# private_postgresql: PostgreSQL finds its files relative to its own binary, so
# a copy of its directories is an installation of its own, and PGXS installs
# into it.
private_postgresql() {
    local lib=usr/lib/postgresql share=usr/share/postgresql
    mkdir -p "$work/$lib" "$work/$share" "$work/usr/include"
    cp -a --reflink=auto "/$lib/$PG_MAJOR" "$work/$lib/"
    cp -a --reflink=auto "/$share/$PG_MAJOR" "$work/$share/"
    ln -s /usr/include/postgresql "$work/usr/include/postgresql"
    bindir=$work/$lib/$PG_MAJOR/bin
    # shellcheck disable=SC2034
    pgxs_test=$work/$lib/$PG_MAJOR/lib/pgxs/src/test
    PATH=$bindir:$PATH
    export PG_CONFIG=$bindir/pg_config
}

# own_checkout: may objects be kept in the checkout, for the next run?
own_checkout() { [[ -w $ROOT && -O $ROOT ]]; }

# copy_checkout DIRECTORY: the files of the checkout without its history, ours to
# write and with their times, so that objects stay as fresh as they were.
copy_checkout() {
    mkdir -p "$1"
    tar -C "$ROOT" --exclude=./.git --exclude=./results --exclude=node_modules \
        --exclude='./distmgmt-*.zip' --mode=u+rwX -cf - . | tar -C "$1" --no-same-owner -xf -
}

# build: compiles with warnings as errors and installs into the private copy.
# In the checkout where that is ours, one run at a time; else in a copy.
build() {
    built=$ROOT
    if own_checkout; then
        exec {lock}<"$ROOT"
        flock "$lock"
    else
        built=$work/build
        copy_checkout "$built"
    fi
    if ! make_distmgmt "$built" -j"$(nproc)" all >"$work/make.log" 2>&1 ||
        ! make_distmgmt "$built" install >>"$work/make.log" 2>&1; then
        cat "$work/make.log" >&2
        die "the build failed"
    fi
    [[ -z ${lock:-} ]] || exec {lock}<&-
}

# make_distmgmt DIRECTORY ARGUMENT...
make_distmgmt() {
    make -C "$1" -s PG_CONFIG="$PG_CONFIG" with_llvm=no COPT=-Werror "${@:2}"
}

# 4  Server --------------------------------------------------------------------

# server_directory: $work/run; the server's user alone may enter it, which is
# what protects a socket that asks for no password.
server_directory() {
    mkdir -p "$work/run"
    chmod 700 "$work/run"
    ((EUID != 0)) || chown "$server_user" "$work/run"
    cd "$work"
}

# cluster_start [SETTING...]: a cluster that listens on a socket alone. It is
# thrown away, so it does not wait for the disk.
cluster_start() {
    local setting
    server_directory
    as_server initdb -D "$work/run/data" -U postgres -A trust -E UTF8 \
        --locale=C.UTF-8 -N >"$work/initdb.log" 2>&1 || {
        cat "$work/initdb.log" >&2
        die "initdb failed"
    }
    for setting in "listen_addresses = ''" "unix_socket_directories = '$work/run'" \
        "unix_socket_permissions = 0700" "port = 5499" "timezone = 'UTC'" \
        "log_timezone = 'UTC'" "fsync = off" "synchronous_commit = off" \
        "full_page_writes = off" "jit = off" "shared_buffers = '128MB'" \
        "max_wal_size = '4GB'" "wal_level = logical" "$@"; do
        echo "$setting"
    done | as_server tee -a "$work/run/data/postgresql.conf" >/dev/null
    as_server pg_ctl -D "$work/run/data" -l "$work/run/log" -w -s start || {
        as_server cat "$work/run/log" >&2
        die "the throwaway server did not start"
    }
    export PGHOST=$work/run PGPORT=5499 PGUSER=postgres
}

# cluster_stop: pg_ctl signals the process named in our own data directory.
cluster_stop() {
    [[ ! -e $work/run/data/postmaster.pid ]] ||
        as_server pg_ctl -D "$work/run/data" -m immediate -s stop >/dev/null 2>&1 || true
}

# psql_do DATABASE ARGUMENT...
psql_do() { as_server psql -X -q -v ON_ERROR_STOP=1 -d "$@"; }
