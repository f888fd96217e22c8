"""One module per kind of table: what its columns say, what they sort by, and the sentence of a row."""
