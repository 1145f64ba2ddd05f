"""The entry side of the brain: bytes become observations or rejects; every row is accounted for."""
