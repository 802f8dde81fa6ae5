#!/bin/sh
# Chromium as the kiosk's screen; started inside cage by kesach-screen.service.
# Only flags that Chromium still knows: several in common tutorials have no effect any more.
set -eu
run="${RUNTIME_DIRECTORY:-/run/kesach-screen}"
page="${1:-http://127.0.0.1:8080/}"

for browser in chromium chromium-browser; do
    if command -v "$browser" >/dev/null 2>&1; then
        # Profile and cache in memory: nothing of a session stays, and the card is not worn out.
        exec "$browser" --kiosk --noerrdialogs --hide-crash-restore-bubble --no-first-run \
            --disable-pinch --overscroll-history-navigation=0 --password-store=basic --incognito \
            --user-data-dir="$run/profile" --disk-cache-dir="$run/cache" --ozone-platform=wayland \
            --autoplay-policy=no-user-gesture-required --disable-component-update \
            --check-for-update-interval=31536000 "$page"
    fi
done
echo "Không thấy Chromium. Chạy lại install.sh." >&2
exit 1
