"""Card holds, captures, voids and the ledger behind them."""
