"""Show the portfolio, take decisions and pass them on; cli.py is the front door."""
