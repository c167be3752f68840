#!/bin/busybox sh
# The first process of the emulated machine that scripts/real-driver.sh boots.
/bin/busybox --install -s /bin
export PATH=/bin HOME=/root NO_COLOR=1
mount -t proc p /proc; mount -t sysfs s /sys; mount -t devtmpfs d /dev
for m in usb-common usbcore usbip-core vhci-hcd usbserial ftdi_sio cp210x ch341; do insmod /m/$m.ko || echo "FAIL module $m"; done

check() { # what, condition as a command
  what=$1; shift
  if "$@"; then echo "ok   $what"; else echo "FAIL $what"; fi
}
has() { grep -q "$1" "$2"; }

# plug CHIP SIM: the adapter appears as /dev/ttyUSB0
plug() {
  rm -f /tmp/unplug
  usb-adapter "$1" "$2" /tmp/unplug > /tmp/adapter.log 2>&1 &
  adapter=$!
  for i in $(seq 100); do [ -e /dev/ttyUSB0 ] && return 0; usleep 100000; done
  echo "FAIL $1: no /dev/ttyUSB0"; cat /tmp/adapter.log
  return 1
}
pull() {
  touch /tmp/unplug
  for i in $(seq 100); do [ -e /dev/ttyUSB0 ] || break; usleep 100000; done
  wait $adapter 2>/dev/null
}

# probe CHIP SIM SEDPATTERN...: the verdict must hold each of these
probe() {
  chip=$1 sim=$2; shift 2
  plug "$chip" "$sim" || return
  start=$(date +%s)
  wwctl probe /dev/ttyUSB0 --json --timeout 120 --strategy $strategy > /tmp/verdict.json 2> /tmp/verdict.err
  status=$?
  echo "info $chip $sim: exit $status after $(( $(date +%s) - start )) s"
  check "$chip $sim: found" [ $status = 0 ]
  for want in "$@"; do check "$chip $sim: $want" has "$want" /tmp/verdict.json; done
  # A hop is a few requests to the chip; an emulated machine on a busy host takes tens of milliseconds for them, waiting would take more.
  hop=$(sed -n 's/.* at \([0-9]*\) ms the driver asks.*/\1/p' /tmp/adapter.log | awk 'NR > 1 { d = $1 - last; if (d < 500 && d > most) most = d } { last = $1 } END { print most + 0 }')
  check "$chip: requests of one hop within $hop ms" [ "$hop" -le 400 ]
  [ $status = 0 ] || { cut -c1-600 /tmp/verdict.json; cat /tmp/verdict.err; cat /tmp/adapter.log | tail -n 5; }
  pull
}

# The short form is about adapter and driver.  Inference reads arrival times, which an emulated machine blurs when its
# host is busy: the long form tries it.
strategy=adaptive
[ -e /short ] && strategy=ordered

echo "info $(uname -r)"
plug ftdi 'sim:dsmr?baudrate=115200&interval=2'
wwctl ports --json > /tmp/ports.json
check 'ports names the driver' has ftdi_sio /tmp/ports.json
check 'ports names the port' has /dev/ttyUSB0 /tmp/ports.json
pull

# Readings, under each driver, on a line that is not the adapter's default.
probe ftdi 'sim:dsmr?baudrate=115200&interval=3' '"baudrate":115200' '"parity":"none"' '"rx_invert":false' '1-0:1.8.1'
probe cp210x 'sim:dsmr?baudrate=9600&data_bits=7&parity=even&interval=4' '"baudrate":9600' '"parity":"even"' '1-0:1.8.1'
probe ch341 'sim:hdlc?baudrate=2400&interval=5' '"baudrate":2400' '"protocol":"hdlc"'

if ! [ -e /short ]; then
  probe cp210x 'sim:hdlc?baudrate=2400&parity=even&interval=5' '"baudrate":2400' '"parity":"even"'
  probe ftdi 'sim:hdlc?baudrate=2400&parity=even&interval=5' '"baudrate":2400'
  probe cp210x 'sim:dsmr?baudrate=115200&invert=true&interval=3' '"baudrate":115200' '"rx_invert":true' '1-0:1.8.1'
  probe ftdi 'sim:dsmr?baudrate=115200&invert=true&interval=3' '"baudrate":115200' '"rx_invert":true'
fi

# Only one process may have the port.
plug ftdi 'sim:dsmr?baudrate=115200&interval=3'
wwctl capture /dev/ttyUSB0 --baudrate 115200 -o /tmp/a.jsonl > /tmp/a.out 2>&1 &
first=$!
sleep 4
wwctl capture /dev/ttyUSB0 --baudrate 115200 -o /tmp/b.jsonl > /tmp/b.out 2>&1
status=$?
check "a busy port is exit 7 ($status)" [ $status = 7 ]

# Pulled out while a command listens: an error, not a hang.
touch /tmp/unplug
for i in $(seq 100); do kill -0 $first 2>/dev/null || break; usleep 100000; done
if kill -0 $first 2>/dev/null; then echo 'FAIL unplugging: capture hangs'; kill -9 $first; fi
wait $first; status=$?
check "unplugging is exit 7 ($status)" [ $status = 7 ]
check 'the capture has characters' has '"bytes"' /tmp/a.jsonl
wait

echo 'info finished'
poweroff -f
