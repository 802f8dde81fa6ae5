#!/usr/bin/env bash
# Makes this machine a Kệ Sách kiosk. Raspberry Pi OS 64-bit (Bookworm or Trixie), or Debian on a PC.
#   sudo ./install.sh http://SERVER:8000 CODE      first time; CODE: page Thiết bị, good for an hour
#   sudo ./install.sh                              again, or a newer release
#   ./install.sh --check http://SERVER:8000 CODE   says what it would do, changes nothing
# May be run any number of times. Messages are for a teacher; docs/kiosk-setup.md explains the choices.
set -euo pipefail

usage() {
    cat <<'TEXT'
Cách dùng:  sudo ./install.sh ĐỊA_CHỈ_MÁY_CHỦ MÃ_CÀI_ĐẶT
  Ví dụ:    sudo ./install.sh http://192.168.1.10:8000 K7QM-3XNA
  Lấy mã ở trang Thiết bị của thư viện; mã dùng một lần, trong một giờ.
  Cập nhật quầy đã cài: sudo ./install.sh

  --check            chỉ nói sẽ làm gì, không thay đổi gì
  --no-screen        quầy không màn hình (chỉ máy quét, máy in)
  --ca TỆP           chứng chỉ gốc của máy chủ https
  --scanner VID:PID  máy quét của hãng khác (xem bằng lệnh lsusb)
  --package TỆP      bản cài (tệp .whl hoặc thư mục mã nguồn)
  --wheels THƯ_MỤC   lấy gói Python từ thư mục này; gói hệ thống còn thiếu vẫn cần Internet
  --again            dựng lại bản đang có
  --root THƯ_MỤC     ghi vào thư mục này thay cho / (không cài gói hệ thống, không khởi động)
TEXT
}

check="" root="" screen=yes ca="" scanner="" package="" wheels="" again="" url="" code=""
need() { if [ $# -lt 2 ] || [ -z "$2" ]; then echo "Thiếu giá trị sau $1." >&2; exit 2; fi; }
while [ $# -gt 0 ]; do
    case "$1" in
        --check) check=yes; shift ;;
        --no-screen) screen=""; shift ;;
        --again) again=yes; shift ;;
        --ca) need "$@"; ca="$2"; shift 2 ;;
        --scanner) need "$@"; scanner="$2"; shift 2 ;;
        --package) need "$@"; package="$2"; shift 2 ;;
        --wheels) need "$@"; wheels="$2"; shift 2 ;;
        --root) need "$@"; root="${2%/}"; shift 2 ;;
        -h|--help) usage; exit 0 ;;
        -*) echo "Không có tuỳ chọn $1." >&2; usage >&2; exit 2 ;;
        *)
            if [ -z "$url" ]; then url="${1%/}"
            elif [ -z "$code" ]; then code="$1"
            else echo "Thừa: $1" >&2; usage >&2; exit 2
            fi
            shift ;;
    esac
done

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
base="$root/opt/kesach" etc="$root/etc/kesach" state="$root/var/lib/kesach-kiosk"
units="$root/etc/systemd/system" rules="$root/etc/udev/rules.d"
python="${PYTHON:-python3}"
problems=0

say() { echo "• $*"; }
problem() { echo "✗ $*" >&2; problems=$((problems + 1)); }
step() { # step WORDS COMMAND…: does it, or in --check only says it
    local words="$1"; shift
    if [ -n "$check" ]; then echo "  sẽ $words"; return; fi
    say "$words"
    "$@"
}
on_this_system() { [ -z "$root" ]; }

# ---------------------------------------------------------------- what has to be right first

extra="kiosk"
case "$(uname -m)" in
    aarch64|arm64) ;;
    x86_64) extra="kiosk,kiosk-pc" ;;
    armv7l|armv6l) problem "Hệ điều hành 32-bit. Cài lại thẻ nhớ bằng Raspberry Pi OS (64-bit) rồi chạy lại." ;;
    *) problem "Chưa hỗ trợ loại máy $(uname -m)." ;;
esac

if ! command -v "$python" >/dev/null 2>&1; then
    problem "Không thấy $python. Dùng Raspberry Pi OS Bookworm hoặc Trixie."
elif ! "$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))'; then
    problem "Cần Python 3.11, 3.12 hoặc 3.13, máy này có $("$python" -V 2>&1). Dùng Raspberry Pi OS Bookworm hoặc Trixie."
fi

if on_this_system; then
    if [ -z "$check" ] && [ "$(id -u)" -ne 0 ]; then
        problem "Cần quyền quản trị. Chạy: sudo ./install.sh …"
    fi
    command -v apt-get >/dev/null 2>&1 || problem "Không thấy apt-get: đây không phải Raspberry Pi OS hay Debian."
    command -v systemctl >/dev/null 2>&1 || problem "Không thấy systemd."
    free_mb="$(df --output=avail -m / | tail -n 1 | tr -d ' ')"
    [ "$free_mb" -ge 1000 ] || problem "Thẻ nhớ chỉ còn $free_mb MB trống, cần 1000 MB."
fi

if [ -n "$url" ]; then
    case "$url" in
        https://?*) ;;
        http://?*)
            say "http không mã hoá: ai nghe được mạng này đọc được mã thiết bị và tên học sinh."
            say "Nên để quầy và máy chủ trên mạng dây riêng, hoặc dùng https với --ca (docs/kiosk-setup.md)." ;;
        *) problem "Địa chỉ máy chủ phải bắt đầu bằng http:// hoặc https://, ví dụ http://192.168.1.10:8000" ;;
    esac
    bare="$(printf '%s' "$code" | tr -d ' -')"
    if [ -z "$code" ]; then
        problem "Thiếu mã cài đặt. Lấy mã ở trang Thiết bị của thư viện."
    elif ! [[ "$bare" =~ ^[A-Za-z0-9]{8}$ ]]; then
        problem "Mã cài đặt gồm 8 chữ và số, ví dụ K7QM-3XNA. Xem lại mã vừa gõ."
    fi
elif [ ! -s "$etc/token" ]; then
    problem "Quầy này chưa nối vào thư viện: cần địa chỉ máy chủ và mã cài đặt."
    usage >&2
fi
if [ -n "$ca" ] && ! grep -q "BEGIN CERTIFICATE" "$ca" 2>/dev/null; then
    problem "$ca không phải tệp chứng chỉ (PEM)."
fi
if [ -n "$scanner" ] && ! [[ "$scanner" =~ ^[0-9a-fA-F]{4}:[0-9a-fA-F]{4}$ ]]; then
    problem "--scanner cần dạng VID:PID, ví dụ 05e0:1200 (xem bằng lệnh lsusb)."
fi

if [ -z "$package" ]; then
    if [ -f "$here/../../setup.cfg" ]; then
        package="$(cd "$here/../.." && pwd)"
    else
        for found in "$here"/kesach-*.whl; do
            if [ -f "$found" ]; then package="$found"; fi
        done
    fi
fi
version=""
if [ -d "$package" ]; then
    version="$(sed -n 's/^VERSION *= *"\(.*\)".*/\1/p' "$package/library/version.py" 2>/dev/null || true)"
elif [ -f "$package" ]; then
    version="$(basename "$package" | sed -n 's/^kesach-\([^-]*\)-.*\.whl$/\1/p')"
fi
[ -n "$version" ] || problem "Không thấy bản cài Kệ Sách bên cạnh install.sh. Chỉ ra bằng --package."

if [ "$problems" -gt 0 ]; then
    echo "Chưa thay đổi gì. Sửa $problems điều trên rồi chạy lại." >&2
    exit 1
fi

# ---------------------------------------------------------------- the work, each piece safe to repeat

release="$version"
[ -z "$again" ] || release="$version+$(date -u +%Y%m%d%H%M%S)"
target="$base/releases/$release"

is_installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

list_missing() { # the Debian packages still needed, one a line
    local wanted=(python3-venv python3-dev gcc linux-libc-dev alsa-utils) one # alsa-utils: sounds where no browser plays them
    if [ -n "$screen" ]; then
        wanted+=(cage xwayland) # Bookworm's cage ends at once where Xwayland is missing
        # The browser's package has two names among the systems we support.
        if ! is_installed chromium-browser; then wanted+=(chromium); fi
    fi
    for one in "${wanted[@]}"; do is_installed "$one" || echo "$one"; done
}

install_packages() {
    local missing
    mapfile -t missing < <(list_missing)
    if [ "${#missing[@]}" -eq 0 ]; then
        say "các gói hệ thống đã đủ, không cần Internet cho phần này"
        return
    fi
    local refreshed=yes at
    apt-get update -qq || refreshed=""
    for at in "${!missing[@]}"; do
        if [ "${missing[at]}" = chromium ] && ! apt-cache show chromium >/dev/null 2>&1; then missing[at]=chromium-browser; fi
    done
    if ! DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"; then
        echo "✗ Chưa cài được gói hệ thống: ${missing[*]}." >&2
        if [ -z "$refreshed" ]; then
            echo "  Lần cài đầu cần Internet cho các gói này, hoặc thẻ nhớ đã có sẵn chúng. Nối mạng rồi chạy lại install.sh." >&2
        else
            echo "  Xem lỗi ở các dòng trên, chờ vài phút rồi chạy lại install.sh; phần đã cài giữ nguyên." >&2
        fi
        exit 1
    fi
}

make_users() {
    getent passwd kesach >/dev/null ||
        useradd --system --user-group --home-dir /var/lib/kesach-kiosk --shell /usr/sbin/nologin kesach
    # As kesach-kiosk.service: by hand (check, print) the same devices are reached. An older account gets them too.
    local group groups=""
    for group in input lp dialout audio; do
        if getent group "$group" >/dev/null; then groups="$groups,$group"; fi
    done
    [ -z "$groups" ] || usermod --append --groups "${groups#,}" kesach
    if [ -n "$screen" ]; then
        getent passwd kesach-screen >/dev/null ||
            useradd --system --user-group --home-dir /run/kesach-screen --shell /usr/sbin/nologin kesach-screen
    fi
}

build_release() {
    # Without .complete it is what an interrupted run left behind.
    rm -rf "$target"
    mkdir -p "$base/releases" "$base/bin"
    "$python" -m venv "$target"
    local from=()
    [ -z "$wheels" ] || from=(--no-index --find-links "$wheels")
    # evdev has no wheel for aarch64: it is compiled here, or taken from --wheels.
    "$target/bin/python" -m pip install --quiet --disable-pip-version-check "${from[@]}" "${package}[${extra}]"
    "$target/bin/kesach-kiosk" --help >/dev/null
    "$target/bin/python" -c 'import evdev, escpos, PIL, serial'
    sync --file-system "$target" # a plug pulled now must not leave a release that says it is whole and has empty files
    touch "$target/.complete"
}

enrol() {
    mkdir -p "$etc" "$state"
    local trusted=()
    if [ -n "$ca" ]; then
        install -m 0644 "$ca" "$etc/ca.pem"
        trusted=(--ca "$etc/ca.pem")
    fi
    if ! "$target/bin/kesach-kiosk" enrol "$url" "$code" --config "$etc/kiosk.toml" \
        --state-dir "$state" "${trusted[@]}"; then
        echo "✗ Quầy chưa nối vào thư viện, vì điều ghi ở dòng trên. Phần đã cài giữ nguyên; sửa điều ấy, lấy mã mới" >&2
        echo "  ở trang Thiết bị (nút Cài lại) nếu mã đã dùng, rồi chạy lại install.sh." >&2
        exit 1
    fi
    if on_this_system; then
        chown root:kesach "$etc" "$etc/token" "$etc/kiosk.toml"
        chmod 0750 "$etc"
        chmod 0640 "$etc/token" "$etc/kiosk.toml"
        chown -R kesach:kesach "$state"
    fi
}

install_files() {
    mkdir -p "$units" "$rules" "$base/bin" "$root/usr/local/bin"
    install -m 0644 "$here"/kesach-kiosk.service "$here"/kesach-update.service "$here"/kesach-update.path "$units/"
    install -m 0644 "$here"/71-kesach.rules "$rules/"
    install -m 0755 "$here"/use-release.sh "$base/bin/"
    if [ -n "$scanner" ]; then
        printf 'SUBSYSTEM=="input", KERNEL=="event*", ATTRS{idVendor}=="%s", ATTRS{idProduct}=="%s", ENV{KESACH_SCANNER}="1"\n' \
            "${scanner%:*}" "${scanner#*:}" >"$rules/70-kesach-local.rules"
        # Also on a kiosk that is enrolled long since; of that section only, whatever stands behind it.
        sed -i "/^\[scanner\]/,/^\[/s/^device *=.*/device = \"$scanner\"/" "$etc/kiosk.toml"
    fi
    # By hand, always as the kiosk's own account: files of another owner would stop it.
    cat >"$root/usr/local/bin/kesach-kiosk" <<'WRAPPER'
#!/bin/sh
# Only the kiosk's account may enter /etc/kesach: who calls this may not.
cd / && exec sudo -u kesach sh -c 'cd /etc/kesach && exec /opt/kesach/current/bin/kesach-kiosk "$@"' kesach-kiosk "$@"
WRAPPER
    chmod 0755 "$root/usr/local/bin/kesach-kiosk"
    if [ -n "$screen" ]; then
        install -m 0644 "$here"/kesach-screen.service "$here"/kesach-screen-restart.service \
            "$here"/kesach-screen-restart.timer "$here"/kesach-screen-restart.path "$units/"
        install -m 0755 "$here"/screen.sh "$base/bin/"
        local folder port
        port="$(sed -n 's/^screen_port *= *\([0-9]*\).*/\1/p' "$etc/kiosk.toml" 2>/dev/null || true)"
        case "$port" in ''|0|8080) port="" ;; *) sed -i "s/:8080/:$port/" "$base/bin/screen.sh" ;; esac
        for folder in chromium chromium-browser; do
            install -D -m 0644 "$here"/chromium-policy.json "$root/etc/$folder/policies/managed/kesach.json"
            [ -z "$port" ] || sed -i "s/:8080/:$port/" "$root/etc/$folder/policies/managed/kesach.json"
        done
    fi
}

start_units() {
    udevadm control --reload
    udevadm trigger --subsystem-match=input --subsystem-match=usbmisc --subsystem-match=usb
    systemctl daemon-reload
    systemctl enable --quiet kesach-kiosk.service kesach-update.path
    systemctl restart kesach-update.path
    "$base/bin/use-release.sh" "$release"
    if [ -n "$screen" ]; then
        systemctl set-default --quiet multi-user.target
        systemctl enable --quiet kesach-screen.service kesach-screen-restart.timer kesach-screen-restart.path
        systemctl restart kesach-screen.service kesach-screen-restart.timer kesach-screen-restart.path
    fi
}

drop_old_releases() { # the three newest stay, and the running one always
    local folder keep
    keep="$(readlink -f "$base/current")"
    while IFS= read -r folder; do
        if [ "$folder" != "$keep" ]; then rm -rf "$folder"; fi
    done < <(find "$base/releases" -mindepth 1 -maxdepth 1 -type d -printf '%T@ %p\n' | sort -rn | tail -n +4 | cut -d' ' -f2-)
}

[ -z "$check" ] || echo "Kệ Sách $version trên $(uname -m), $("$python" -V):"
if on_this_system; then
    step "cài gói hệ thống (trình biên dịch, Python, âm thanh$([ -z "$screen" ] || echo ", cage, Xwayland, Chromium"))" install_packages
    step "tạo tài khoản kesach$([ -z "$screen" ] || echo " và kesach-screen") nếu chưa có" make_users
fi
if [ -e "$target/.complete" ]; then
    say "bản $release đã có trong $target"
else
    step "dựng bản $release trong $target (vài phút trên Raspberry Pi)" build_release
fi
if [ -n "$url" ]; then
    step "đổi mã cài đặt lấy mã thiết bị ở $url, ghi $etc/token và $etc/kiosk.toml" enrol
else
    say "giữ mã thiết bị và cài đặt trong $etc"
fi
step "chép dịch vụ vào $units, luật thiết bị vào $rules" install_files
if on_this_system; then
    step "khởi động quầy bằng bản $release, tự quay về bản cũ nếu không chạy tốt" start_units
    step "bỏ các bản cũ, giữ lại ba bản mới nhất" drop_old_releases
else
    step "trỏ $base/current vào bản $release" ln -sfn "releases/$release" "$base/current"
fi

if [ -n "$check" ]; then
    echo "Chưa thay đổi gì. Bỏ --check để làm thật."
else
    sync --file-system "$base" "$etc" "$units" "$rules" # now the plug may be pulled, to carry the kiosk to its place
    echo "✓ Xong. Kiểm tra máy quét, máy in: kesach-kiosk check"
    if on_this_system && [ -n "$screen" ] && systemctl is-active --quiet display-manager.service; then
        echo "  Máy này đang chạy màn hình nền: khởi động lại một lần (sudo reboot) để màn hình của quầy hiện ra."
    fi
fi
