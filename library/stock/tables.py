"""Registers, donations, stocktakes, purchase proposals. Filled by the stock issue; accession batches
and withdrawn copies already live in library/cataloguing/tables.py because copies point at them."""
