"""Write the dashboards: `python -m grafana.build_dashboards [FOLDER]`, run from the root of the checkout."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from grafana.on_call import on_call
from grafana.overview import overview
from grafana.tuning import tuning

FOLDER = Path(__file__).parent / "dashboards"


def build(folder: Path) -> None:
    """Write one file per dashboard, named after its uid."""
    folder.mkdir(parents=True, exist_ok=True)
    for dashboard in (on_call(), tuning(), overview()):
        text = json.dumps(dashboard, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
        (folder / f"{dashboard['uid']}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    build(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
