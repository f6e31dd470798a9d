"""The short version of `python services/api-gateway/tests/exhaustion.py`."""

import asyncio
import sys
from pathlib import Path


async def test_unfinished_heads_do_not_slow_other_clients() -> None:
    script = Path(__file__).with_name("exhaustion.py")

    process = await asyncio.create_subprocess_exec(sys.executable, script, "--quick", stdout=asyncio.subprocess.PIPE)
    printed, _ = await process.communicate()

    assert process.returncode == 0, printed.decode()
