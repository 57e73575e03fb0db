#!/bin/sh
# chromium-unpack.sh DIRECTORY
#
# Makes DIRECTORY: Chromium without a window, out of Debian's packages (bookworm), with the libraries that it needs and one
# font. Needs no root and no Debian, but a C library of 2.36 or later; leaves either a whole directory or none.
#
# The mirror: STAGEPOST_DEBIAN_MIRROR, else that of this machine's apt, else deb.debian.org. What is downloaded is compared
# with the index's checksums, the index with the signed release file. Without gpgv or Debian's keys only https is trusted.
set -eu

target=$1 suite=bookworm

say() { echo "$*" >&2; }
fail() { say "failed: $*"; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

instead="Install Chromium or Chrome instead, or set CHROME to one"
[ "$(uname -s)" = Linux ] || fail "Debian's packages run on Linux only, this is $(uname -s). $instead"
case $(uname -m) in
  x86_64) arch=amd64 triplet=x86_64-linux-gnu ;;
  aarch64) arch=arm64 triplet=aarch64-linux-gnu ;;
  *) fail "no packages for $(uname -m), only for x86_64 and aarch64. $instead" ;;
esac
libc=$(getconf GNU_LIBC_VERSION 2>/dev/null | sed 's/^glibc //')
[ -n "$libc" ] && printf '2.36\n%s\n' "$libc" | sort -V -C || fail "the C library is '$libc', needed is glibc 2.36 or later. $instead"
for tool in awk sed gzip sha256sum xargs; do
  has $tool || fail "'$tool' is not on the PATH. Install it"
done
has curl || has wget || fail "neither 'curl' nor 'wget' is on the PATH. Install one of them"
has dpkg-deb || { has ar && has tar && has xz; } \
  || fail "packages cannot be opened: neither 'dpkg-deb' nor 'ar', 'tar' and 'xz' are on the PATH. Install dpkg, or binutils, tar and xz"

mirror=${STAGEPOST_DEBIAN_MIRROR:-}
if [ -z "$mirror" ]; then
  mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null \
    | sed -nE 's,^(deb [^#]*|URIs:[^#]*[[:space:]])(https?://[^[:space:]]+/debian)/?([[:space:]].*)?$,\2,p' | sed -n 1p)
fi
mirror=${mirror:-https://deb.debian.org/debian}
mirror=${mirror%/}
if [ -z "${http_proxy:-}" ] && has apt-config; then
  eval "$(apt-config shell http_proxy Acquire::http::Proxy https_proxy Acquire::https::Proxy)"
  export http_proxy https_proxy 2>/dev/null || true
fi

mkdir -p "$(dirname "$target")"
target=$(cd "$(dirname "$target")" && pwd -P)/$(basename "$target")
[ ! -e "$target" ] || fail "$target exists already. Remove it to have it made again"
work=$(mktemp -d "$target.making.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP
cd "$work"
mkdir debs root

get() { # get URL FILE
  if has curl; then
    curl -fsSL --retry 2 --connect-timeout 20 --speed-limit 1000 --speed-time 30 -o "$2" "$1"
  else
    wget -q --tries=3 --timeout=30 -O "$2" "$1"
  fi
}

say "Chromium from Debian $suite ($arch) by $mirror: index ..."
get "$mirror/dists/$suite/InRelease" InRelease || fail "$mirror does not answer with a release file of $suite. Check the network (http_proxy is '${http_proxy:-}'), or set STAGEPOST_DEBIAN_MIRROR to a mirror that can be reached. $instead"
keys=
for file in /usr/share/keyrings/debian-archive-keyring.gpg /usr/share/keyrings/debian-archive-keyring.pgp; do
  [ ! -r $file ] || keys=$file
done
if has gpgv && [ -n "$keys" ]; then
  gpgv --keyring $keys --output Release InRelease 2>gpgv.log \
    || fail "the signature of $mirror/dists/$suite/InRelease is not good by $keys: $(tail -n 1 gpgv.log). Update debian-archive-keyring, or choose another STAGEPOST_DEBIAN_MIRROR"
else
  case $mirror in
    https://*) say "gpgv or debian-archive-keyring is missing: trusting https instead of Debian's signature" ;;
    *) fail "the signature of $mirror cannot be checked. Install gpgv and debian-archive-keyring, or set STAGEPOST_DEBIAN_MIRROR to one with https, such as https://deb.debian.org/debian" ;;
  esac
  cp InRelease Release
fi

index=main/binary-$arch/Packages.xz
unpack=xz
has xz || { index=main/binary-$arch/Packages.gz unpack=gzip; }
sum=$(awk -v index_file=$index '/^[A-Za-z0-9-]+:/ { in_sums = $1 == "SHA256:" } in_sums && $3 == index_file { print $1 }' Release)
[ -n "$sum" ] || fail "the release file of $suite at $mirror lists no $index"
get "$mirror/dists/$suite/main/binary-$arch/by-hash/SHA256/$sum" Packages || fail "$mirror does not have the index of $suite. Try again later, or set STAGEPOST_DEBIAN_MIRROR"
echo "$sum  Packages" | sha256sum -c --status || fail "the index of $suite from $mirror does not have the checksum of its release file"

# Chromium, and the libraries that these packages need; not the C library, which is the machine's own
$unpack -dc < Packages | awk '
  BEGIN { RS = ""; FS = "\n" }
  {
    name = file = sum = version = needs = ""
    for (i = 1; i <= NF; i++) {
      value = $i; sub(/^[^:]*: */, "", value)
      if ($i ~ /^Package:/) name = value
      else if ($i ~ /^Filename:/) file = value
      else if ($i ~ /^SHA256:/) sum = value
      else if ($i ~ /^Version:/) version = value
      else if ($i ~ /^(Pre-)?Depends:/) needs = needs ", " value
    }
    if (name !~ /^(chromium-headless-shell$|chromium-common$|fonts-dejavu-core$|lib)/ || name ~ /^(libc6|libc-bin|libgcc-s1|libllvm.*|libgl1-mesa-dri|libgtk.*|libjs.*)$/) next
    files[name] = sum " " version " " file; depends[name] = needs
  }
  function take(package,   list, count, i) {
    if (!(package in files) || package in taken) return
    taken[package] = 1
    print package, files[package]
    count = split(depends[package], list, ", *")
    for (i = 1; i <= count; i++) { sub(/[ (|:].*/, "", list[i]); take(list[i]) }
  }
  END { take("chromium-headless-shell"); take("fonts-dejavu-core") }
' > packages
version=$(awk '$1 == "chromium-headless-shell" { print $3 }' packages)
[ -n "$version" ] || fail "Debian $suite has no chromium-headless-shell for $arch at the moment. $instead"

say "Chromium $version: $(wc -l < packages) packages ..."
while read -r name sum _ file; do
  printf '%s %s/%s debs/%s.deb\n' "$sum" "$mirror" "$file" "$name"
done < packages > downloads
# four at a time
cat > get-one.sh <<'GET'
if command -v curl >/dev/null 2>&1; then
  curl -fsSL --retry 2 --connect-timeout 20 --speed-limit 1000 --speed-time 30 -o "$3" "$2"
else
  wget -q --tries=3 --timeout=30 -O "$3" "$2"
fi && echo "$1  $3" | sha256sum -c --status
GET
xargs -n 3 -P 4 sh get-one.sh < downloads || fail "not every package could be downloaded from $mirror with the index's checksum. Try again, or set STAGEPOST_DEBIAN_MIRROR"
say "Chromium $version: $(du -sm debs | cut -f 1) MB, unpacking ..."
for deb in debs/*.deb; do
  if has dpkg-deb; then
    dpkg-deb -x "$deb" root
  else
    ar p "$deb" data.tar.xz | tar -C root -xJ
  fi || fail "$deb could not be unpacked into $work. Is there space?"
done
rm -rf debs InRelease Release Packages packages downloads get-one.sh gpgv.log
rm -rf root/usr/share/doc root/usr/share/man root/usr/share/locale root/usr/share/lintian root/var root/etc

shell=$(find root/usr/lib -name 'chrom*headless*shell' -type f -perm -100 | sed -n 1p)
[ -n "$shell" ] || fail "chromium-headless-shell of $suite has no program where it is looked for: this script must follow"
cat > fonts.conf <<FONTS
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig><dir>$target/root/usr/share/fonts</dir><cachedir>$target/fonts</cachedir></fontconfig>
FONTS
cat > chromium <<PROGRAM
#!/bin/sh
export LD_LIBRARY_PATH="$target/root/usr/lib/$triplet:$target/root/lib/$triplet:$target/root/usr/lib/$triplet/nss:$target/root/usr/lib/$triplet/pulseaudio"
export FONTCONFIG_FILE="$target/fonts.conf"
exec "$target/$shell" "\$@"
PROGRAM
chmod 755 chromium "$work"
mv -T "$work" "$target"
trap - EXIT
say "Chromium $version is in $target ($(du -sm "$target" | cut -f 1) MB)"
