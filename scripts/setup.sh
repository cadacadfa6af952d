#!/bin/bash
# Install what building and testing need, and fetch the source of Debian's darknet.
#
# usage: scripts/setup.sh
#
# For Debian and its relatives, as root or with sudo. Does only what is missing. The
# source goes to build/debian/source; the apt configuration that fetches it is private
# and derived from the machine's own sources, which stay as they are.
set -euo pipefail
cd "$(dirname "$0")/.."

PACKAGES=(build-essential dpkg-dev pkg-config libjansson-dev libmd-dev libdnnl-dev
          libcmocka-dev cmake darknet python3 python3-numpy python3-opencv python3-pil
          python3-pyte gnuplot-nox)
# What a test needs that is skipped without: Ubuntu has no such browser as a package.
OPTIONAL=(chromium chromium-driver python3-selenium)
DEST=build/debian

die() {
    echo "setup: $*" >&2
    exit 1
}

# Runs a command quietly; on failure its last line is the reason given.
quietly() {
    local what=$1 log
    shift
    log=$(mktemp)
    if ! "$@" >"$log" 2>&1 </dev/null; then
        local reason
        reason=$(grep -E '^(E|Err|W):' "$log" | tail -n 1 || true)
        [ -n "$reason" ] || reason=$(tail -n 1 "$log")
        rm -f "$log"
        die "$what failed: $reason"
    fi
    rm -f "$log"
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo -n "$@"
    fi
}

is_installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# A source that cannot be reached need not be one that we use: what follows tells.
update_lists() {
    as_root apt-get -q update >/dev/null 2>&1 </dev/null || true
}

# Whether the machine's sources offer all packages of its name.
are_offered() {
    local p
    for p in "$@"; do
        # grep -q would end first, and apt-cache fail for it
        LC_ALL=C apt-cache policy "$p" | grep 'Candidate: [^(]' >/dev/null || return 1
    done
}

not_installed() {
    local p
    for p in "$@"; do
        is_installed "$p" || echo "$p"
    done
}

install_packages() {
    local missing
    mapfile -t missing < <(not_installed "${PACKAGES[@]}")
    [ ${#missing[@]} = 0 ] || update_lists
    if are_offered "${OPTIONAL[@]}"; then
        mapfile -t -O ${#missing[@]} missing < <(not_installed "${OPTIONAL[@]}")
    fi
    [ ${#missing[@]} = 0 ] && return
    if [ "$(id -u)" != 0 ] && ! sudo -n true 2>/dev/null; then
        die "root or sudo is needed to install: ${missing[*]}"
    fi
    echo "setup: installing ${missing[*]}"
    quietly "apt-get install" as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -q -y --no-install-recommends install "${missing[@]}"
}

# Prints "file:number" of the sources entry that offers the package darknet: the number
# of a stanza in a deb822 file, of a line in a one-line file.
darknet_entry() {
    local uri dist
    read -r uri dist < <(apt-cache madison darknet |
        awk -F ' *[|] *' '/Packages$/ { split($3, a, " "); print a[1], a[2]; exit }') || return 1
    apt-get indextargets --format '$(REPO_URI) $(RELEASE)/$(COMPONENT) $(SOURCESENTRY)' \
        'Created-By: Packages' |
        awk -v uri="$uri" -v dist="$dist" '
            { sub("/$", "", $1) } $1 == uri && $2 == dist { print $3; exit }'
}

# The same entry, for source packages.
as_source_entry() {
    local file=${1%:*} number=${1##*:}
    case $file in
    *.sources)
        awk -v RS= -v n="$number" 'NR == n' "$file" | sed 's/^Types:.*/Types: deb-src/I' ;;
    *)
        sed -n "${number}s/^[[:space:]]*deb[[:space:]]/deb-src /p" "$file" ;;
    esac
}

fetch_source() {
    [ -f "$DEST/source/Makefile" ] && return
    echo "setup: fetching the source of darknet"
    local entry apt suffix options
    entry=$(darknet_entry) || true
    if [ -z "$entry" ]; then
        update_lists
        entry=$(darknet_entry) || true
    fi
    [ -n "$entry" ] || die "no apt source offers the package darknet"

    rm -rf "$DEST"
    mkdir -p "$DEST"
    apt=$(realpath "$DEST")/apt
    mkdir -p "$apt"/{parts,lists/partial,cache/archives/partial}
    suffix=list
    [[ ${entry%:*} == *.sources ]] && suffix=sources
    as_source_entry "$entry" >"$apt/parts/src.$suffix"
    grep -q 'deb-src' "$apt/parts/src.$suffix" || die "could not read the apt source $entry"

    # The sandbox user of apt may not be able to read this folder.
    options=(-q -o APT::Sandbox::User= -o Dir::Etc::SourceList=/dev/null
             -o "Dir::Etc::SourceParts=$apt/parts" -o "Dir::State::Lists=$apt/lists"
             -o "Dir::Cache=$apt/cache")
    quietly "reading the list of source packages" apt-get "${options[@]}" update
    (cd "$DEST" && quietly "fetching the source of darknet" \
        apt-get "${options[@]}" source --only-source darknet) || exit 1
    set -- "$DEST"/darknet-*/
    [ $# = 1 ] && [ -f "$1/Makefile" ] || die "the source package has no darknet folder"
    mv "$1" "$DEST/source"
    rm -rf "$apt"
}

command -v apt-get >/dev/null || die "this script needs apt-get (Debian); see README.md"
install_packages
fetch_source
