"""HTTP: what the brain knows and takes in, under `/api/v1`."""
