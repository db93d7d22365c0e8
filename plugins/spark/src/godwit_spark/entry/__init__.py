"""The program of drivers, alone in its folder."""
