"""E-mail: IMAP, LMTP, SMTP and raw MIME over HTTP in; SMTP out."""
