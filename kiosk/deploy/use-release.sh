#!/usr/bin/env bash
# Makes an installed release the running one; goes back by itself when the new one does not come up well.
#   sudo use-release.sh            lists what is installed
#   sudo use-release.sh NAME       switches to it
# Called by install.sh; by hand it is the way back to an older release.
set -euo pipefail

root="" watch=20 name=""
while [ $# -gt 0 ]; do
    case "$1" in
        --root) root="${2%/}"; shift 2 ;;
        --watch) watch="$2"; shift 2 ;;
        -*) echo "Không có tuỳ chọn $1." >&2; exit 2 ;;
        *) name="$1"; shift ;;
    esac
done
base="$root/opt/kesach"
unit=kesach-kiosk.service

is_usable() { [ -n "$1" ] && [ -e "$base/releases/$1/.complete" ] && [ -x "$base/releases/$1/bin/kesach-kiosk" ]; }

current() { if [ -L "$base/current" ]; then basename "$(readlink "$base/current")"; fi; }

point_at() { # in one step: there is always a current release, whenever the power goes
    ln -sfn "releases/$1" "$base/.current-new"
    mv -T "$base/.current-new" "$base/current"
}

comes_up() { # Type=notify: restart succeeds only once the kiosk has said that its parts answer
    systemctl restart "$unit" || return 1
    local before after
    before="$(systemctl show --property=NRestarts --value "$unit")"
    if [ "$watch" -gt 0 ]; then sleep "$watch"; fi
    systemctl is-active --quiet "$unit" || return 1
    after="$(systemctl show --property=NRestarts --value "$unit")"
    [ "$before" = "$after" ]
}

if [ -z "$name" ]; then
    for folder in "$base"/releases/*/; do
        [ -d "$folder" ] || continue
        one="$(basename "$folder")"
        mark=" "
        [ "$one" = "$(current)" ] && mark="*"
        echo "$mark $one"
    done
    exit 0
fi
if ! is_usable "$name"; then
    echo "Không có bản $name đã cài xong trong $base/releases. Chạy use-release.sh để xem danh sách." >&2
    exit 2
fi

previous="$(current)"
point_at "$name"
if comes_up; then
    echo "Đang chạy bản $name."
    exit 0
fi
echo "Bản $name không chạy tốt. Xem: journalctl -u $unit -n 50" >&2
if [ "$previous" != "$name" ] && is_usable "$previous"; then
    point_at "$previous"
    if comes_up; then
        echo "Đã quay về bản $previous; quầy dùng bình thường." >&2
    else
        echo "Đã quay về bản $previous nhưng quầy vẫn chưa chạy. Gọi người phụ trách." >&2
    fi
else
    echo "Chưa có bản nào khác để quay về." >&2
fi
exit 1
