"""Event logs of signal controllers as files, in the form that ATSPM systems export."""
