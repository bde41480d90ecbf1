"""What every room speaks: tables and their checks, geometry, errors, words."""
