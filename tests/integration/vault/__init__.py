"""`SecretInVault` against real OpenBao servers."""
