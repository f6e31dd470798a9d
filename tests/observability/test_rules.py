"""Every rule is valid, every alert is tested both ways and has a runbook."""

import re
import subprocess
from pathlib import Path

import pytest
from observability.written import FOLDER, ROOT, RULES, RUNBOOKS, UNIT_TESTS, alerts, unit_tests

from foodlab.docs import written
from observability_generators import runbooks
from observability_generators.objectives import OBJECTIVES
from observability_generators.rules import BURNS, kebab
from observability_generators.rules import rules as objective_rules

# One worker installs promtool if it is missing.
pytestmark = pytest.mark.xdist_group("prometheus")


def run(*argv: Path | str) -> str:
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_generated_files_are_up_to_date() -> None:
    differs = [path for path, text in written().items() if not path.exists() or path.read_text() != text]

    assert differs == [], "run `just docs`"


def test_every_dashboard_is_generated() -> None:
    assert set(FOLDER.joinpath("grafana", "dashboards").rglob("*.json")) <= set(written())


def test_prometheus_accepts_rules_and_configuration(promtool: Path, tmp_path: Path) -> None:
    (tmp_path / "targets").mkdir()
    (tmp_path / "targets" / "none.yaml").write_text("[]")
    configuration = (FOLDER / "prometheus" / "prometheus.yaml").read_text()
    assert "/etc/prometheus/rules" in configuration
    configuration = configuration.replace("/etc/prometheus/rules", str(RULES[0].parent))
    (tmp_path / "prometheus.yaml").write_text(configuration.replace("/etc/prometheus", str(tmp_path)))

    said = run(promtool, "check", "config", "--lint-fatal", tmp_path / "prometheus.yaml")

    assert all(path.name in said for path in RULES)


@pytest.mark.parametrize("path", UNIT_TESTS, ids=lambda path: path.stem)
def test_rules_fire_exactly_when_expected(promtool: Path, path: Path) -> None:
    assert "SUCCESS" in run(promtool, "test", "rules", path)


def test_every_alert_has_a_firing_and_a_silent_test() -> None:
    wanted = {(alert["alert"], alert["labels"].get("burn_rate")) for alert in alerts()}
    fired, silent = set(), set()
    for test in unit_tests():
        firing = {one["exp_labels"].get("burn_rate") for one in test["exp_alerts"]}
        fired |= {(test["alertname"], rate) for rate in firing}
        silent |= {(name, rate) for name, rate in wanted if name == test["alertname"] and rate not in firing}

    assert len(wanted) > len(OBJECTIVES) * len(BURNS)
    assert fired == wanted
    assert silent == wanted


def test_every_alert_has_a_runbook_and_a_severity() -> None:
    for alert in alerts():
        assert alert["labels"]["severity"] in {"page", "ticket"}, alert["alert"]
        assert {"summary", "description", "runbook_url"} <= alert["annotations"].keys(), alert["alert"]
        page = RUNBOOKS / f"{kebab(alert['alert'])}.md"
        assert alert["annotations"]["runbook_url"].endswith(page.relative_to(ROOT).as_posix())
        assert page.exists(), page


def test_a_fork_has_its_own_runbooks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = tmp_path / "settings.env"
    settings.write_text("OWNER=somebody\nRUNBOOKS=https://wiki.test/on-call\n")
    monkeypatch.setattr(runbooks, "SETTINGS", settings)

    texts = [*runbooks.alerts().values(), objective_rules()]

    for text in texts:
        assert set(re.findall(r"runbook_url: \"?(\S+)/", text)) == {"https://wiki.test/on-call"}


def test_every_runbook_has_an_alert_and_four_sections() -> None:
    pages = set(RUNBOOKS.glob("*.md"))

    assert {page.stem for page in pages} == {kebab(alert["alert"]) for alert in alerts()}
    for page in pages:
        headings = re.findall(r"^## (.+)$", page.read_text(), re.MULTILINE)
        assert headings == ["What it means", "What to look at", "How to fix it", "How to know it is over"], page


def test_the_burn_rate_of_the_fastest_alert_is_possible() -> None:
    for objective in OBJECTIVES:
        assert float(objective.budget) * max(float(burn.rate) for burn in BURNS) < 1, objective.name
