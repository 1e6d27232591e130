#!/usr/bin/env bash
# Installs missing build and test dependencies of llama32med. See --help.
set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# ---- pinned versions: all of the project are here and in scripts/reference/requirements.txt; packages: scripts/packages.txt ---
libtorch_wheels=(torch==2.11.0 nvidia-cuda-runtime==13.0.96 nvidia-cuda-cupti==13.0.85)
formatter_wheel=clang-format==14.0.6  # the version that formatted the sources
oldest_libtorch=2.4
oldest_cmake=3.25
oldest_python=3.10
browsers=(chromium chromium-browser google-chrome google-chrome-stable)  # commands: one of them, for the tests of report.html
browser_packages=(chromium fonts-dejavu-core)
# -----------------------------------------------------------------------------------------------------------------------------

usage() {
  cat <<END
scripts/setup.sh [--live] [--browser] [--no-packages]

Installs what is missing and prints what it does; takes about a second if nothing is missing:
  system packages   with apt-get on Debian 12 and Ubuntu 24.04, as root or with sudo
  libtorch          uses \$LIBTORCH_ROOT, .venv, or the torch of python3, at least $oldest_libtorch; otherwise installs the pinned
                    wheel (${libtorch_wheels[0]}, 550 MB to download, 1.2 GB on disk) into .venv
  clang-format      the pinned wheel ($formatter_wheel, 1 MB), into .venv
Options:
  --live         also install the Python references of scripts/reference/requirements.txt into .venv (3 GB to download, 5 GB on disk)
  --browser      also install a browser with apt-get for the tests of report.html, which are skipped without one
  --no-packages  do not install system packages; they come from elsewhere (a module system, a prefix)
  --help         show this text
END
}

# at_least HAVE WANTED: compares versions.
at_least() { [[ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" == "$2" ]]; }

missing_packages() {
  local package command
  while read -r package command; do
    if [[ -n $command ]]; then
      if ! command -v "$command" >/dev/null; then echo "$package"; fi
    elif ! dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q '^install ok installed'; then
      echo "$package"
    fi
  done < <(with_commands tools libraries headers)
}

# Sets `as_root` to the prefix of commands that need root. $1: what to install.
as_root=()
become_root() {
  if [[ $(id -u) -eq 0 ]]; then return; fi
  if ! command -v sudo >/dev/null; then
    die "only root can install packages and there is no sudo; run as root: apt-get install --no-install-recommends $1"
  fi
  if ! sudo -n true 2>/dev/null && ! { [[ -t 0 ]] && sudo -v; }; then
    die "sudo does not allow you to install packages; run as root: apt-get install --no-install-recommends $1"
  fi
  as_root=(sudo)
}

# install_packages NAME...
install_packages() {
  if ! command -v apt-get >/dev/null; then
    die "these packages are missing and there is no apt-get to install them: $*; install them and pass --no-packages"
  fi
  become_root "$*"
  say "system packages: installing $*"
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300)
  quietly "$log" "${apt[@]}" update || die "apt-get update failed; is the network available?"
  quietly "$log" "${apt[@]}" install --yes --no-install-recommends "$@" || die "apt-get install failed; see $log"
}

setup_packages() {
  local missing
  mapfile -t missing < <(missing_packages)
  if [[ ${#missing[@]} -eq 0 ]]; then
    say "system packages: complete"
  else
    install_packages "${missing[@]}"
  fi
  local have
  have=$(cmake --version | awk 'NR == 1 {print $3}')
  at_least "$have" "$oldest_cmake" || die "cmake $have is too old, it must be at least $oldest_cmake (as in Debian 12 and Ubuntu 24.04)"
}

# Prints the folder of a usable libtorch, if any: the given folder, its torch/, or that of a virtual environment.
libtorch_in() {
  local folder
  for folder in "$1" "$1/torch" "$1"/lib/python3*/site-packages/torch; do
    if [[ -e $folder/lib/libtorch_cpu.so && -e $folder/include/ATen/core/Tensor.h ]]; then
      echo "$folder"
      return
    fi
  done
}

libtorch_of_python() {
  python3 -c "import importlib.util as u; s = u.find_spec('torch'); print(s.submodule_search_locations[0] if s else '')" 2>/dev/null || true
}

libtorch_version() {
  local file
  for file in "$1/include/torch/headeronly/version.h" "$1/include/torch/csrc/api/include/torch/version.h"; do
    if [[ -e $file ]]; then
      awk '$2 ~ /^TORCH_VERSION_(MAJOR|MINOR|PATCH)$/ {v = v (v ? "." : "") $3} END {if (v) print v}' "$file" | grep . && return
    fi
  done
  echo 0
}

# use_libtorch FOLDER WHERE: reports the version; returns false if it is too old.
use_libtorch() {
  local version
  version=$(libtorch_version "$1")
  if ! at_least "$version" "$oldest_libtorch"; then
    say "libtorch: $version from $2 is older than $oldest_libtorch"
    return 1
  fi
  say "libtorch: $version from $2"
}

make_venv() {
  if [[ -x $venv/bin/python && -e $venv/bin/pip ]]; then return; fi
  local python=python3
  if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
    [[ $with_packages == yes ]] || die "python3 cannot make virtual environments; install python3-venv, or set LIBTORCH_ROOT"
    install_packages python3-venv
    python3 -c 'import ensurepip, venv' 2>/dev/null || python=/usr/bin/python3
  fi
  local version
  version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
  at_least "$version" "$oldest_python" || die "$python is Python $version, the wheel needs at least $oldest_python; set LIBTORCH_ROOT instead"
  quietly "$log" "$python" -m venv --clear "$venv" || die "$python could not make the virtual environment .venv"
}

pip_install() { quietly "$log" "$venv/bin/python" -m pip install --no-input --disable-pip-version-check "$@"; }

setup_libtorch() {
  local found stamp="$venv/.libtorch"
  if [[ -n ${LIBTORCH_ROOT:-} ]]; then
    found=$(libtorch_in "$LIBTORCH_ROOT")
    [[ -n $found ]] || die "LIBTORCH_ROOT is $LIBTORCH_ROOT, which has no libtorch (lib/libtorch_cpu.so and include/ATen)"
    use_libtorch "$found" LIBTORCH_ROOT || die "LIBTORCH_ROOT names a libtorch that is too old; unset it to install a suitable one"
    return
  fi
  found=$(libtorch_in "$venv")
  if [[ -n $found && "$(cat "$stamp" 2>/dev/null)" == "${libtorch_wheels[*]}" ]]; then
    use_libtorch "$found" .venv
    return
  fi
  if [[ -z $found ]]; then
    found=$(libtorch_of_python)
    if [[ -n $found && -n $(libtorch_in "$found") ]] && use_libtorch "$found" python3; then return; fi
  fi
  need_space 2500 "libtorch"
  make_venv
  say "libtorch: installing ${libtorch_wheels[*]} into .venv (550 MB to download, once)"
  pip_install --no-deps "${libtorch_wheels[@]}" || die "pip could not install libtorch; see $log"
  echo "${libtorch_wheels[*]}" >"$stamp"
}

# Never an error: without it the format test is skipped.
setup_formatter() {
  if "$venv/bin/clang-format" --version 2>/dev/null | grep -q "version ${formatter_wheel##*=}"; then return; fi
  make_venv
  say "clang-format: installing $formatter_wheel into .venv"
  pip_install "$formatter_wheel" || say "clang-format: pip could not install it; the format test will be skipped"
}

setup_references() {
  local list="$root/scripts/reference/requirements.txt" stamp="$venv/.references" sum
  sum=$(sha256sum <"$list")
  if [[ "$(cat "$stamp" 2>/dev/null)" == "$sum" ]]; then
    say "Python references: complete"
    return
  fi
  need_space 7000 "the set of Python references"
  make_venv
  say "Python references: installing $(grep -c '==' "$list") packages and their dependencies into .venv (3 GB to download, once)"
  pip_install -r "$list" || die "pip could not install the Python references; see $log"
  echo "$sum" >"$stamp"
}

# Never an error: without a browser some tests are skipped.
setup_browser() {
  local name
  for name in "${browsers[@]}"; do
    if "$name" --version >/dev/null 2>&1; then  # Ubuntu's chromium-browser without its snap fails here
      say "browser: $name"
      return
    fi
  done
  if [[ $with_packages == yes ]] && ! grep -qx 'ID=ubuntu' /etc/os-release 2>/dev/null; then  # which only has it as a snap
    if (install_packages "${browser_packages[@]}"); then return; fi
  fi
  say "browser: none of ${browsers[*]}; the tests of report.html will be skipped"
}

live=no
browser=no
with_packages=yes
for argument in "$@"; do
  case "$argument" in
    --live) live=yes ;;
    --browser) browser=yes ;;
    --no-packages) with_packages=no ;;
    --help | -h)
      usage
      exit 0
      ;;
    *) die "$argument is not known; see --help" ;;
  esac
done
log="$root/build/setup.log"
{ mkdir -p "$root/build" && : >"$log"; } 2>/dev/null || die "$(id -un) cannot write to $root; run this as the owner of the folder"

if [[ $with_packages == yes ]]; then setup_packages; fi
if [[ $browser == yes ]]; then setup_browser; fi
setup_libtorch
setup_formatter
if [[ $live == yes ]]; then setup_references; fi
say "ready"
