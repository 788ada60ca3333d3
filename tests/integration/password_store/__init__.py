"""`SecretInPass` with the real gpg, real keys, and stores that the real `pass` wrote."""
