"""Card holds, captures, refunds, settlements and the ledger behind them."""
