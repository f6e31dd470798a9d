"""The database, its transactions and the tables of the chassis; Redis; migrations."""
