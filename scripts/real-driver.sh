#!/usr/bin/env bash
# Runs wwctl against the real ftdi_sio, cp210x and ch341 drivers, in an emulated machine: no hardware, no root on the host.
#
#   scripts/real-driver.sh          all checks
#   scripts/real-driver.sh --short  one line a driver
#
# A Debian kernel boots under QEMU without acceleration.  In it, examples/usb-adapter plugs a simulated adapter with a simulated
# line behind it into the virtual USB host; the driver binds to it, and the release binary opens /dev/ttyUSB0.
# Skips, with a line that says so, where QEMU, a static busybox or the kernel package cannot be had.
set -euo pipefail
cd "$(dirname "$0")/.."

skip() { echo "skipped: $1"; exit 0; }

install() {
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -q >/dev/null 2>&1 || true
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@" >/dev/null 2>&1 || true
  fi
}
command -v qemu-system-x86_64 >/dev/null || install qemu-system-x86
command -v qemu-system-x86_64 >/dev/null || skip 'no qemu-system-x86_64'
busybox=$(command -v busybox || true)
case $(file -Lb "${busybox:-/dev/null}" 2>/dev/null) in *static*) ;; *) install busybox-static; busybox=$(command -v busybox || true) ;; esac
[ -n "$busybox" ] || skip 'no busybox'
command -v cpio >/dev/null || install cpio
command -v cpio >/dev/null || skip 'no cpio'
[ "$(uname -m)" = x86_64 ] || skip 'this script knows x86_64 only'

work=${CARGO_TARGET_DIR:-target}/real-driver
mkdir -p "$work"
work=$(cd "$work" && pwd)

# The kernel, unpacked and not installed.
if ! ls "$work"/kernel/boot/vmlinuz-* >/dev/null 2>&1; then
  package=$(apt-cache depends linux-image-amd64 2>/dev/null | sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
  [ -n "$package" ] || skip 'no package of a Debian kernel'
  (cd "$work" && apt-get download -q "$package" >/dev/null 2>&1) || skip "the package $package cannot be had"
  mkdir -p "$work/kernel"
  dpkg -x "$work"/linux-image-*.deb "$work/kernel"
  rm -f "$work"/linux-image-*.deb
fi
kernel=$(ls "$work"/kernel/boot/vmlinuz-* | head -n 1)
modules=$(dirname "$(find "$work/kernel" -name usbcore.ko* | head -n 1)")/../../..

cargo build --release --quiet --bin wwctl --example usb-adapter
target=${CARGO_TARGET_DIR:-target}/release

root=$work/root
rm -rf "$root"
mkdir -p "$root"/{bin,dev,proc,sys,tmp,m,root,lib64,etc}
cp "$busybox" "$root/bin/busybox"
cp "$target/wwctl" "$target/examples/usb-adapter" "$root/bin/"
for library in $(ldd "$target/wwctl" "$target/examples/usb-adapter" | grep -o '/[^ ]*\.so[^ ]*' | sort -u); do
  mkdir -p "$root/$(dirname "$library")"
  cp -L "$library" "$root/$library"
done
for module in usb-common usbcore usbip-core vhci-hcd usbserial ftdi_sio cp210x ch341; do
  found=$(find "$modules" -name "$module.ko*" | head -n 1)
  [ -n "$found" ] || skip "the kernel has no module $module"
  case $found in
    *.xz) xz -dc "$found" > "$root/m/$module.ko" ;;
    *.zst) zstd -qdc "$found" > "$root/m/$module.ko" ;;
    *) cp "$found" "$root/m/$module.ko" ;;
  esac
done
cp scripts/real-driver-guest.sh "$root/init"
chmod +x "$root/init"
[ "${1:-}" = --short ] && touch "$root/short"
(cd "$root" && find . | cpio -o -H newc --quiet) > "$work/initrd"

log=$work/log
timeout 900 qemu-system-x86_64 -accel tcg -smp 2 -m 512 -display none -monitor none -serial "file:$log" -no-reboot -nic none \
  -kernel "$kernel" -initrd "$work/initrd" -append 'console=ttyS0 quiet panic=-1' < /dev/null || true
tr -d '\r' < "$log" | grep -aE '^(ok|FAIL|info|skipped)' || true
if ! grep -aq '^info finished' "$log"; then
  echo 'FAIL the emulated machine did not come to its end; its last lines:'
  tail -n 30 "$log"
  exit 1
fi
! grep -aq '^FAIL' "$log"
