#!/usr/bin/env bash
# Packs a bundle for GPU machines without network access. See --help.
set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=scripts/setup_gpu.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup_gpu.sh"

# ---- pinned: source packages whose static libraries are linked into the program ----------------------------------------------
opencv_package=opencv-python-headless==4.11.0.86  # contains the complete source of OpenCV
sentencepiece_package=sentencepiece==0.2.1        # contains that of sentencepiece, with its protobuf
# -------------------------------------------------------------------------------------------------------------------------------

work="$root/build/offline"
prefix="$work/prefix"
log="$work/offline.log"
name=llama32med-offline
largest_kb=60000

usage() {
  cat <<END
scripts/offline_bundle.sh [--libraries] [--jobs N]

Makes build/offline/llama32med-offline.tar.xz, which python3 alone can unpack: the program with static OpenCV and sentencepiece, its CUDA
kernels, the tests labeled cuda and the counting device with the files they read, and gpu_check.sh. Unpack it on an x86-64 machine that has
glibc 2.34, a GPU, and a python3 with torch 2.11; nothing is built or downloaded there.
Making it needs what scripts/setup.sh installs, nvcc, and the network once: pip downloads two source packages (100 MB). Building their
libraries takes 12 minutes on one core; they are kept in build/offline/prefix, and later runs rebuild only what changed.
  --libraries  build only the static libraries
  --jobs N     number of compile jobs (default: as many as cores and memory allow)
END
}

# ---- static libraries --------------------------------------------------------------------------------------------------------

# source_of PACKAGE==VERSION FOLDER: downloads a source package, unpacks its FOLDER and prints the path.
source_of() {
  local name="${1%%==*}" version="${1##*==}"
  local archive="$work/sources/$name-$version.tar.gz" unpacked="$work/sources/$name-$version/$2"
  if [[ ! -e $unpacked/.complete ]]; then
    if [[ ! -e $archive ]]; then download "$1"; fi
    tar -xzf "$archive" -C "$work/sources" "$name-$version/$2"
    touch "$unpacked/.complete"
  fi
  echo "$unpacked"
}

# pip runs a source package's build system to read its metadata, which needs these three.
download() {
  if [[ ! -e $work/fetch/bin/pip ]]; then
    python3 -m venv "$work/fetch" >>"$log" 2>&1 || die "python3 cannot make virtual environments; install python3-venv"
  fi
  quietly "$log" "$work/fetch/bin/pip" install --disable-pip-version-check setuptools wheel scikit-build ||
    die "pip could not be prepared; see $log"
  quietly "$log" "$work/fetch/bin/pip" download --disable-pip-version-check --no-deps --no-binary :all: --no-build-isolation \
    --dest "$work/sources" "$1" || die "pip could not download $1; is the network available? See $log"
}

# build_library NAME SOURCE CMAKE-OPTIONS...
build_library() {
  local name="$1" source="$2"
  shift 2
  quietly "$log" cmake -S "$source" -B "$work/$name" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$prefix" \
    -DCMAKE_INSTALL_LIBDIR=lib -DBUILD_SHARED_LIBS=OFF -DCMAKE_POLICY_VERSION_MINIMUM=3.5 "$@" ||
    die "CMake could not configure $name; see $log"
}

# Three modules, OpenCV's bundled codecs, no BLAS (its libblas would replace libtorch's), no CPU dispatch.
build_opencv() {
  if [[ "$(cat "$prefix/.opencv" 2>/dev/null)" == "$opencv_package" ]]; then
    say "OpenCV: already built"
    return
  fi
  say "OpenCV: building $opencv_package (10 minutes on one core, once)"
  local source
  source=$(source_of "$opencv_package" opencv)
  build_library opencv "$source" -DBUILD_LIST=core,imgproc,imgcodecs -DCPU_DISPATCH= -DWITH_LAPACK=OFF -DWITH_IPP=OFF \
    -DWITH_OPENCL=OFF -DWITH_TIFF=OFF -DWITH_WEBP=OFF -DWITH_OPENEXR=OFF -DWITH_OPENJPEG=OFF -DWITH_JASPER=OFF \
    -DWITH_PROTOBUF=OFF -DWITH_ADE=OFF -DWITH_ITT=OFF -DWITH_TBB=OFF -DBUILD_ZLIB=ON -DBUILD_PNG=ON -DBUILD_JPEG=ON \
    -DBUILD_TESTS=OFF -DBUILD_PERF_TESTS=OFF -DBUILD_EXAMPLES=OFF -DBUILD_opencv_apps=OFF -DBUILD_opencv_python3=OFF \
    -DBUILD_JAVA=OFF -DOPENCV_GENERATE_PKGCONFIG=OFF
  quietly "$log" cmake --build "$work/opencv" --parallel "$jobs" || die "OpenCV could not be built; see $log"
  quietly "$log" cmake --install "$work/opencv" || die "OpenCV could not be installed; see $log"
  echo "$opencv_package" >"$prefix/.opencv"
}

build_sentencepiece() {
  if [[ "$(cat "$prefix/.sentencepiece" 2>/dev/null)" == "$sentencepiece_package" ]]; then
    say "sentencepiece: already built"
    return
  fi
  say "sentencepiece: building $sentencepiece_package (2 minutes on one core, once)"
  local source
  source=$(source_of "$sentencepiece_package" sentencepiece)
  build_library sentencepiece "$source" -DSPM_ENABLE_SHARED=OFF -DSPM_ENABLE_TCMALLOC=OFF -DCMAKE_CXX_FLAGS=-fvisibility=hidden
  quietly "$log" cmake --build "$work/sentencepiece" --parallel "$jobs" --target sentencepiece-static sentencepiece_train-static ||
    die "sentencepiece could not be built; see $log"
  mkdir -p "$prefix/lib" "$prefix/include"
  cp "$work"/sentencepiece/src/libsentencepiece{,_train}.a "$prefix/lib/"
  cp "$source"/src/sentencepiece_{processor,trainer}.h "$prefix/include/"
  echo "$sentencepiece_package" >"$prefix/.sentencepiece"
}

# ---- program and bundle -------------------------------------------------------------------------------------------------------

build_program() {
  has_nvcc || [[ -x $(wheel_cuda)/bin/nvcc ]] || die "nvcc is not found; scripts/setup.sh --gpu installs it"
  say "program, kernels and tests: building with $jobs jobs"
  quietly "$log" cmake -S "$root" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DLIBTORCH_ROOT="${LIBTORCH_ROOT:-}" \
    -DLLAMA32MED_PORTABLE=ON -DLLAMA32MED_CUDA=ON -DLLAMA32MED_TESTS=ON -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_SKIP_RPATH=ON ||
    die "CMake could not configure the program; see $log"
  quietly "$log" cmake --build "$work/build" --parallel "$jobs" --target llama32med llama32med_codecs llama32med_cuda cuda_test \
    device_test ||
    die "the program could not be built; see $log"
}

# A program may only need libtorch and the standard libraries of Linux on the target machine.
check_libraries() {
  local file needed
  for file in "$1"/bin/*; do
    needed=$(readelf -d "$file" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' |
      grep -vE '^(libllama32med_counting_device|libtorch_cpu|libc10|libc10_cuda|libcudart|libstdc\+\+|libm|libgcc_s|libc|libdl|libpthread|librt|ld-linux-x86-64)\.so') || true
    [[ -z $needed ]] || die "$(basename "$file") needs a library that the target machine may not have: $(echo "$needed" | xargs)"
  done
}

newest_symbol() { objdump -T "$1"/bin/* 2>/dev/null | grep -oE "$2_[0-9.]+" | sort -Vu | tail -n 1; }

pack() {
  local stage="$work/$name" item version size
  rm -rf "$stage" "$work/$name".tar.*
  mkdir -p "$stage/bin" "$stage/tests/golden/tiny" "$stage/tests/datasets"
  cp -r "$root/tests/golden/images" "$stage/tests/golden/"
  for item in llama32med libllama32med_codecs.so libllama32med_cuda.so cuda_test tests/device/device_test \
    tests/device/libllama32med_counting_device.so; do
    strip --strip-unneeded -o "$stage/bin/$(basename "$item")" "$work/build/$item"
  done
  cp -r "$root/tests/datasets/vqa_rad" "$stage/tests/datasets/"
  for item in model vision.safetensors logits.safetensors train.safetensors; do
    cp -r "$root/tests/golden/tiny/$item" "$stage/tests/golden/tiny/"
  done
  cp -r "$root/prompts" "$root/LICENSE" "$root"/scripts/gpu_check{.sh,_parts.py,_compare.py,_report.py} "$stage/"
  check_libraries "$stage"
  version=$(sed -n 's/^-- libtorch \([0-9.]*\),.*/\1/p' "$log" | tail -n 1)
  {
    echo "libtorch $version"
    echo "needs $(newest_symbol "$stage" GLIBC) $(newest_symbol "$stage" GLIBCXX)"
    echo "commit $(git -C "$root" describe --always --dirty 2>/dev/null || echo unknown)"
  } >"$stage/BUNDLE"
  local archive="$work/$name.tar.xz"
  tar -C "$work" --sort=name -cf - "$name" | xz -T0 -6 >"$archive"
  sed 's/^/  /' "$stage/BUNDLE"
  size=$(du -k "$archive" | cut -f1)
  [[ $size -le $largest_kb ]] || die "$archive has $size KB, more than the $largest_kb that such a bundle may have"
  say "$size KB in ${archive#"$root/"}; on the target machine, run scripts/gpu_check.sh, or unpack it and run gpu_check.sh"
}

# ---- command line ------------------------------------------------------------------------------------------------------------
only_libraries=no
jobs=$(build_jobs)
while [[ $# -gt 0 ]]; do
  case "$1" in
    --libraries) only_libraries=yes ;;
    --jobs)
      [[ ${2:-} =~ ^[1-9][0-9]*$ ]] || die "--jobs needs a number"
      jobs="$2"
      shift
      ;;
    --help | -h)
      usage
      exit 0
      ;;
    *) die "$1 is not known; see --help" ;;
  esac
  shift
done

mkdir -p "$work/sources" "$prefix"
: >"$log"
build_sentencepiece
build_opencv
if [[ $only_libraries == yes ]]; then exit 0; fi
build_program
pack
