"""Look for what is wrong, one module per part of the installation; each gives findings and changes nothing."""
