#!/usr/bin/env bash
# Installs missing build and test dependencies of llama32med. See --help.
set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=scripts/setup_gpu.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup_gpu.sh"

# ---- pinned versions: all of the project are here and in scripts/reference/requirements.txt; packages: scripts/packages.txt ---
libtorch_wheels=(torch==2.11.0 nvidia-cuda-runtime==13.0.96 nvidia-cuda-cupti==13.0.85)  # enough to build, and to compute on CPUs
gpu_wheels=(  # what libtorch's GPU library needs in addition: the versions in torch's own metadata
  nvidia-cublas==13.1.0.3 nvidia-cuda-nvrtc==13.0.88 nvidia-cudnn-cu13==9.19.0.56 nvidia-cufft==12.0.0.61 nvidia-cufile==1.15.1.6
  nvidia-curand==10.4.0.35 nvidia-cusolver==12.0.4.66 nvidia-cusparse==12.6.3.3 nvidia-cusparselt-cu13==0.8.0
  nvidia-nccl-cu13==2.28.9 nvidia-nvjitlink==13.0.88 nvidia-nvshmem-cu13==3.4.5 nvidia-nvtx==13.0.85)
# shellcheck disable=SC2034  # used by setup_gpu.sh
nvcc_wheels=(nvidia-cuda-nvcc==13.0.88 nvidia-cuda-crt==13.0.88 nvidia-nvvm==13.0.88 nvidia-cuda-cccl==13.0.85
  nvidia-cuda-runtime==13.0.96)
formatter_wheel=clang-format==14.0.6  # the version that formatted the sources
oldest_libtorch=2.4
oldest_cmake=3.25
oldest_python=3.10
browsers=(chromium chromium-browser google-chrome google-chrome-stable)  # commands: one of them, for the tests of report.html
browser_packages=(chromium fonts-dejavu-core)
# -----------------------------------------------------------------------------------------------------------------------------

usage() {
  cat <<END
scripts/setup.sh [--gpu | --no-gpu] [--live] [--browser] [--no-packages]

Installs what is missing and prints what it does; takes about a second if nothing is missing:
  system packages   with apt-get on Debian 12 and Ubuntu 24.04, as root or with sudo
  libtorch          uses \$LIBTORCH_ROOT, .venv, or the torch of python3, at least $oldest_libtorch; otherwise installs the pinned
                    wheel (${libtorch_wheels[0]}, 550 MB to download, 1.2 GB on disk) into .venv; with an NVIDIA driver also
                    the CUDA libraries it needs on a GPU (2 GB more to download, 2.7 GB on disk)
  nvcc              with an NVIDIA driver and no CUDA toolkit: pinned wheels (${nvcc_wheels[0]}, 70 MB), into .venv
  clang-format      the pinned wheel ($formatter_wheel, 1 MB), into .venv
Options:
  --gpu          prepare for a GPU although no driver is found here; a libtorch that cannot use one is not accepted
  --no-gpu       prepare for CPUs alone although there is a driver (also: LLAMA32MED_NO_GPU=1)
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

# accept_foreign_libtorch FOLDER WHERE: a libtorch that was not installed here. Returns false if --gpu asks for another one.
accept_foreign_libtorch() {
  local problem
  use_libtorch "$1" "$2" || return 1
  if [[ $gpu == no ]]; then return; fi
  problem=$(gpu_problem "$1")
  if [[ -z $problem ]]; then return; fi
  say "libtorch: the one from $2 cannot compute on a GPU: $problem"
  if [[ $with_gpu == yes ]]; then return 1; fi
  say "libtorch: install what is missing beside it, or run scripts/setup.sh --gpu without LIBTORCH_ROOT to install a complete one into .venv"
}

# install_libtorch WHAT WHEEL...
install_libtorch() {
  local what="$1"
  shift
  make_venv
  say "libtorch: installing $* into .venv ($what to download, once)"
  pip_install --no-deps "$@" || die "pip could not install libtorch; see $log"
}

# The libtorch in .venv, which is ours if the stamp says so: its lines are the sets of wheels that were installed.
setup_own_libtorch() {
  local stamp="$venv/.libtorch"
  if ! grep -qxF -- "${libtorch_wheels[*]}" "$stamp" 2>/dev/null; then
    need_space 2500 "libtorch"
    install_libtorch "550 MB" "${libtorch_wheels[@]}"
    echo "${libtorch_wheels[*]}" >"$stamp"
  fi
  if [[ $gpu == yes ]] && ! grep -qxF -- "${gpu_wheels[*]}" "$stamp"; then
    need_space 5500 "the set of CUDA libraries"
    install_libtorch "2 GB" "${gpu_wheels[@]}"
    echo "${gpu_wheels[*]}" >>"$stamp"
  fi
  local problem
  libtorch=$(libtorch_in "$venv")
  use_libtorch "$libtorch" .venv || die "libtorch in .venv is too old; remove .venv and run this again"
  if [[ $gpu == no ]]; then return; fi
  problem=$(gpu_problem "$libtorch")
  if [[ -n $problem ]]; then die "libtorch in .venv cannot compute on a GPU: $problem; remove .venv and run this again"; fi
}

# Sets `libtorch` to the folder of the libtorch to use.
libtorch=""
setup_libtorch() {
  local found
  if [[ -n ${LIBTORCH_ROOT:-} ]]; then
    found=$(libtorch_in "$LIBTORCH_ROOT")
    [[ -n $found ]] || die "LIBTORCH_ROOT is $LIBTORCH_ROOT, which has no libtorch (lib/libtorch_cpu.so and include/ATen)"
    accept_foreign_libtorch "$found" LIBTORCH_ROOT || die "LIBTORCH_ROOT names a libtorch that cannot be used; unset it to install a suitable one"
    libtorch="$found"
    return
  fi
  if [[ -z $(libtorch_in "$venv") ]]; then
    found=$(libtorch_of_python)
    if [[ -n $found && -n $(libtorch_in "$found") ]] && accept_foreign_libtorch "$found" python3; then
      libtorch="$found"
      return
    fi
  fi
  setup_own_libtorch
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
with_gpu=auto
with_packages=yes
for argument in "$@"; do
  case "$argument" in
    --live) live=yes ;;
    --browser) browser=yes ;;
    --gpu) with_gpu=yes ;;
    --no-gpu) with_gpu=no ;;
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
gpu=$(choose_gpu "$with_gpu")
setup_libtorch
if [[ $gpu == yes ]]; then setup_nvcc "$libtorch"; fi
setup_formatter
if [[ $live == yes ]]; then setup_references; fi
say "ready"
