#!/usr/bin/env bash
# install.sh build [OPTION OF setup.sh...] | runtime: what the Dockerfile and the Apptainer recipe do inside a container of Debian 12, as root.
#   build    installs all dependencies, builds in the folder of the repository, and installs to /usr/local
#   runtime  installs only the libraries that the installed program needs
set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/../common.sh"

case "${1:-}" in
  build)
    bash "$root/scripts/setup.sh" "${@:2}"
    configure release
    build release llama32med
    (cd "$root" && cmake --install build/release --prefix /usr/local) || die "the installation failed"
    ;;
  runtime)
    mapfile -t libraries < <(packages_of libraries)
    apt-get update
    apt-get install --yes --no-install-recommends "${libraries[@]}"
    rm -rf /var/lib/apt/lists/*
    ;;
  *) die "give build or runtime" ;;
esac
