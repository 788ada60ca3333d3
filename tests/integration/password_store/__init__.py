"""`SecretInPass` with a real gpg, real keys, and stores that the real `pass` wrote."""
