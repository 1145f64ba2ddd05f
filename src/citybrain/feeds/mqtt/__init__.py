"""Observations over MQTT: `decode` reads addresses, `client` talks to the broker."""
